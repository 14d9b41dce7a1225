"""The lake: rows written a second, an increment, a deletion; taxa by hour over 20,000,000 rows, by DuckDB and Dask."""

import argparse
import contextlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import s3fs

from benchmarks.filling import BLOCK, DEVICES, fill
from benchmarks.measuring import seconds
from tests.services import mariadb, object_store
from tests.services.server import Server

_CONTOUR = [[[x, y]] for x, y in ((10, 10), (60, 10), (60, 50), (35, 70), (10, 50))]
_CREATED = "'2022-01-01 00:00:00', '1.0.0', 'benchmark'"
_ORDERS = ["Diptera", "Hymenoptera", "Lepidoptera", "Coleoptera", "Hemiptera", None]
_PER_MONTH, _PER_BATCH = 1_000_000, 100_000


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000, help="in steps of 100,000")
    parser.add_argument("--captures", type=int, default=20_000_000, help="in steps of 1,000,000")
    options = parser.parse_args()
    for part in (mariadb, object_store):
        if reason := part.missing():
            print(reason)
            return
    with tempfile.TemporaryDirectory() as folder, mariadb.MariaDB() as database, object_store.ObjectStore() as store:
        settings = database.create_database("lake") | store.create_bucket("lake")
        with Server(Path(folder) / "data", settings) as server:
            _report_writing(server, options.images)
            _report_questions(server, Path(folder) / "captures", options.captures)


def _report_writing(server: Server, n_images: int) -> None:
    with contextlib.closing(mariadb.connect(server.environment)) as connection:
        fill(connection, "%s", n_images // (BLOCK * len(DEVICES)))
        cursor = connection.cursor()
        insects = [{"contour": _CONTOUR, "name": "insect"}] * 50
        cursor.execute(
            "INSERT INTO uid_annotations (parent_image_id, algo_name, algo_version, n_objects, json, datetime_created, "
            f"api_version, api_user) SELECT id, 'detector', '1', 50, %s, {_CREATED} FROM images WHERE id %% 50 = 0",
            [json.dumps({"annotations": insects, "metadata": {}})],
        )
        connection.commit()
        for what in ("all", "nothing new", "a month with an image less"):
            if what.endswith("less"):
                cursor.execute("DELETE FROM images WHERE id = 1")
                connection.commit()
            start = time.perf_counter()
            said = server.manage("lake", timeout=3600).stdout.strip()
            print(f"manage.py lake, {what}: {time.perf_counter() - start:.1f} s: {said}", flush=True)


def _report_questions(server: Server, folder: Path, n_rows: int) -> None:
    """The same files on disk and in the bucket; the floor is to read the two columns."""
    os.environ.update(server.environment)
    django.setup()
    logging.disable(logging.INFO)
    from pyarrow import fs

    from lake.dataset import Dataset
    from lake.queries import TABLES

    [table] = [table for table in TABLES if table.name == "captures"]
    dataset, files = Dataset(fs.LocalFileSystem(), str(folder)), []
    start = time.perf_counter()
    for number in range(n_rows // _PER_MONTH):
        month = (2010 + number // 12, number % 12 + 1)
        files += dataset.write(table, month, _captures(table.schema, month, number))
    print(f"{n_rows:,} captures in {len(files)} files: {n_rows / (time.perf_counter() - start):,.0f} rows/s")
    paths = [str(folder / file["path"]) for file in files]
    s3 = server.environment
    store = s3fs.S3FileSystem(**_store_options(s3))
    for path, file in zip(paths, files, strict=True):
        store.put_file(path, f"{s3['S3_BUCKET_NAME']}/lake/{file['path']}")
    remote = [f"s3://{s3['S3_BUCKET_NAME']}/lake/{file['path']}" for file in files]

    floor = seconds(lambda: [pq.read_table(path, columns=["order", "datetime"]) for path in paths])
    print(f"taxa by hour; the floor, both columns read from disk: {floor:.1f} s")
    for where, asked in (("disk", paths), ("the object store", remote)):
        database = duckdb.connect()
        database.execute("SET TimeZone = 'UTC'")
        database.register_filesystem(store)
        taken = seconds(lambda: _ask_duckdb(database, asked))  # noqa: B023
        print(f"  DuckDB, from {where}: {taken:.1f} s, {taken / floor:.1f} times the floor", flush=True)
    taken = _seconds_of_dask(remote, _store_options(s3))
    print(f"  Dask, two workers, from the object store: {taken:.1f} s, {taken / floor:.1f} times the floor")


def _captures(schema: pa.Schema, month: tuple[int, int], seed: int) -> Iterator[pa.RecordBatch]:
    rng, first = np.random.default_rng(seed), datetime(*month, 1, tzinfo=UTC)
    for number in range(_PER_MONTH // _PER_BATCH):
        ids = seed * _PER_MONTH + number * _PER_BATCH + np.arange(_PER_BATCH)
        starts = int(first.timestamp()) + rng.integers(0, timedelta(days=28).total_seconds(), _PER_BATCH)
        moments = pa.array(starts, pa.int64()).cast(pa.timestamp("s")).cast(schema.field("datetime").type)
        devices = pa.array(rng.choice(DEVICES, _PER_BATCH))
        given: dict[str, Any] = {
            "id": pa.array(ids),
            "tuboid_id": pa.array(np.char.add("tuboid.", ids.astype(str))),
            "device": devices,
            "datetime": moments,
            "end_datetime": moments,
            "n_shots": pa.array(rng.integers(1, 50, _PER_BATCH), pa.int32()),
            "order": pa.array(rng.choice(np.array(_ORDERS, object), _PER_BATCH), pa.string()),
        }
        columns = [given.get(field.name, pa.nulls(_PER_BATCH, field.type)).cast(field.type) for field in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _store_options(s3: dict[str, str]) -> dict[str, Any]:
    place = {"endpoint_url": s3["S3_HOST"], "region_name": "default"}
    return {"key": s3["S3_ACCESS_KEY"], "secret": s3["S3_PRIVATE_KEY"], "client_kwargs": place}


def _ask_duckdb(database: Any, paths: list[str]) -> None:
    question = 'SELECT "order" AS taxon, hour(datetime) AS hour, count(*) FROM read_parquet(?) GROUP BY ALL'
    assert len(database.execute(question, [paths]).fetchall()) == len(_ORDERS) * 24


def _seconds_of_dask(paths: list[str], options: dict[str, Any]) -> float:
    import dask.dataframe as dd
    from dask.distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        captures = dd.read_parquet(paths, storage_options=options, columns=["order", "datetime"])
        by_hour = captures.assign(hour=captures["datetime"].dt.hour).groupby(["order", "hour"], dropna=False).size()
        return seconds(by_hour.compute)


if __name__ == "__main__":
    main()
