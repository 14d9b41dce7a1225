"""A series whose rows carry presigned links to an object store, beside the same series without links."""

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import requests

from benchmarks.filling import BLOCK, DEVICES, fill, series
from benchmarks.measuring import connect, mark, medians, post
from sticky_pi_api.core.layout import image_key_of
from tests.services import mariadb, object_store
from tests.services.server import ADMIN, Server

TARGET = 1.6
_ROUNDS = 9


def main() -> None:
    """Measures with each database that is here, and prints."""
    if reason := object_store.missing():
        print(reason)
        return
    with tempfile.TemporaryDirectory() as folder, object_store.ObjectStore() as store:
        _report("SQLite and S3", Path(folder) / "sqlite", store.create_bucket("sqlite"))
        if reason := mariadb.missing():
            print(reason)
            return
        with mariadb.MariaDB() as running:
            settings = running.create_database("presign") | store.create_bucket("mariadb")
            _report("MariaDB and S3", Path(folder) / "mariadb", settings)


def _report(name: str, folder: Path, settings: Mapping[str, str]) -> None:
    with Server(folder, settings) as server:
        with contextlib.closing(connect(server)) as connection:
            fill(connection, mark(server), 1)
        metadata, thumbnail = medians([lambda: _read(server, "metadata"), lambda: _read(server, "thumbnail")], _ROUNDS)
        print(f"{name}, {len(DEVICES) * BLOCK:,} rows; {_fetched(server)} of the links followed to their objects")
        print(f"  metadata  {metadata * 1e3:6.0f} ms")
        print(f"  thumbnail {thumbnail * 1e3:6.0f} ms, ratio {thumbnail / metadata:.2f} (target: at most {TARGET})")


def _read(server: Server, what: str) -> int:
    return post(server, f"/get_image_series/{what}", series("%", BLOCK))


def _fetched(server: Server) -> int:
    """Puts objects where the links of the first moment say, and gets them by these. Returns their number.

    Raises:
        RuntimeError: a link does not lead to its object.
    """
    answer = requests.post(f"{server.url}/get_image_series/thumbnail", series("%", 1), auth=ADMIN, timeout=60)
    rows = answer.json()
    s3, bucket = object_store.client(server.environment), server.environment["S3_BUCKET_NAME"]
    for row in rows:
        key = image_key_of(row["device"], row["datetime"], "thumbnail")
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        if requests.get(row["url"], timeout=60).content != key.encode():
            raise RuntimeError(f"{row['url']} does not lead to {key}")
    return len(rows)


if __name__ == "__main__":
    main()
