"""Reads of many elements in one call: what an element costs among a few, and among ten times as many."""

import argparse
import contextlib
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from benchmarks.filling import BLOCK, DEVICES, INTERVAL, START, fill
from benchmarks.measuring import connect, mark, medians, post
from sticky_pi_api.core import limits
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import format_datetime
from tests.services import mariadb
from tests.services.server import Server

TARGET = 1.2  # cost of an element among ten times as many
N_BLOCKS, ROUNDS = 3, 3
SERIES_PER_DEVICE, TUBOIDS_PER_SERIES = 50, 20  # 100,000 tuboids
_VERSION = "1606980656-91e2199fccf371d3d690b2856613e8f5"
_RUN = timedelta(hours=12)
_STAMP = f"'{START}', '1.0.0'"

Elements = list[dict[str, Any]]


def main() -> None:
    """Measures on each database that is here, and prints a line a call."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _report("SQLite", Path(folder) / "sqlite", {})
        if reason := mariadb.missing():
            print(reason)
            return
        with mariadb.MariaDB() as running:
            _report("MariaDB", Path(folder) / "mariadb", running.create_database("lookups"))


def _report(name: str, folder: Path, settings: Mapping[str, str]) -> None:
    with Server(folder, settings) as server:
        with contextlib.closing(connect(server)) as connection:
            fill(connection, mark(server), N_BLOCKS)
            _fill_others(connection, mark(server))
        post(
            server, "/put_users", orjson.dumps([{"username": f"user{n}", "password": "a password"} for n in range(100)])
        )
        print(f"{name}, {len(DEVICES) * BLOCK * N_BLOCKS:,} images")
        for path, what, most, make in _CALLS:
            _report_call(server, path, what, most, make)


def _report_call(server: Server, path: str, what: str, most: int, make: Callable[[int], Elements]) -> None:
    sizes = (most // 10, most)
    bodies = [orjson.dumps(make(size)) for size in sizes]
    seconds = medians([lambda body=body: post(server, f"/{path}", body) for body in bodies], ROUNDS)  # type: ignore[misc]
    few, many = (each / size * 1e6 for each, size in zip(seconds, sizes, strict=True))
    print(
        f"  {path:27} {what:24} {sizes[0]:6,}: {few:5.0f} µs each, {most:7,}: {many:5.0f} µs each, "
        f"{seconds[1]:5.2f} s, "
        f"ratio {many / few:4.2f}{'' if many / few <= TARGET else f' (target: at most {TARGET})'}",
        flush=True,
    )


def _keys(number: int) -> Elements:
    rng = random.Random(number)
    return [
        {"device": rng.choice(DEVICES), "datetime": format_datetime(START + rng.randrange(N_BLOCKS * BLOCK) * INTERVAL)}
        for _ in range(number)
    ]


def _labelled(number: int) -> Elements:
    return [{"tuboid_id": row[2]} for row in islice(_tuboids(), number)]


def _runs_of_devices(number: int) -> Elements:
    """What people ask who study deployments: devices with ranges of their own."""
    return [_series(device, start, _RUN) for _, device, start, _ in islice(_runs(), number)]


def _moments(number: int) -> Elements:
    return [_series("%", START + 4 * n * INTERVAL, INTERVAL) for n in range(number)]


def _patterns(number: int) -> Elements:
    return [_series(f"%{n:04x}_%", START, _RUN) for n in range(number)]


def _users(number: int) -> Elements:
    return [{"username": f"%{n}%", "email": f"user{n}@%"} for n in range(number)]


_CALLS = (
    ("get_images", "random images", limits.KEYS, _keys),
    ("get_uid_annotations", "random images", limits.KEYS, _keys),
    ("_get_itc_labels", "tuboids", limits.KEYS, _labelled),
    ("get_image_series", "12 h of a device", limits.SERIES, _runs_of_devices),
    ("get_image_series", "moments of 100 devices", limits.RANGES // len(DEVICES), _moments),
    ("get_image_series", "patterns without a match", limits.SERIES, _patterns),
    ("get_uid_annotations_series", "12 h of a device", limits.SERIES, _runs_of_devices),
    ("get_tiled_tuboid_series", "12 h of a device", limits.SERIES, _runs_of_devices),
    ("get_tiled_tuboid_series", "patterns without a match", limits.SERIES, _patterns),
    ("get_users", "patterns", limits.USER_PATTERNS, _users),
)


def _series(pattern: str, start: datetime, length: timedelta) -> dict[str, Any]:
    end = start + length
    return {"device": pattern, "start_datetime": format_datetime(start), "end_datetime": format_datetime(end)}


def _runs() -> Iterator[tuple[int, str, datetime, datetime]]:
    """id, device, start and end of tuboid series, the devices in turn."""
    for number in range(len(DEVICES) * SERIES_PER_DEVICE):
        start = START + 2 * _RUN * (number // len(DEVICES))
        yield number + 1, DEVICES[number % len(DEVICES)], start, start + _RUN


def _tuboids() -> Iterator[tuple[int, int, str, int, datetime, datetime]]:
    """id, series, tuboid_id, id in series, start and end of tuboids."""
    for series, device, start, end in _runs():
        name = f"{device}.{format_datetime(start)}.{format_datetime(end)}.{_VERSION}"
        for number in range(TUBOIDS_PER_SERIES):
            yield (series - 1) * TUBOIDS_PER_SERIES + number + 1, series, f"{name}.{number:04d}", number, start, end


def _fill_others(connection: Any, sign: str) -> None:
    """An annotation of every fifth image; tuboids, every one with a label."""
    cursor = connection.cursor()
    cursor.execute(
        "INSERT INTO uid_annotations (parent_image_id, algo_name, algo_version, n_objects, json, datetime_created, "
        f"api_version) SELECT id, 'detector', '{_VERSION}', 0, '', {_STAMP} FROM images WHERE MOD(id, 5) = 0"
    )
    for rows in chunker(_runs(), 1000):
        cursor.executemany(
            "INSERT INTO tuboid_series (id, device, start_datetime, end_datetime, n_images, n_tuboids, algo_name, "
            f"algo_version, datetime_created, api_version) VALUES ({', '.join([sign] * 4)}, 36, 100, 'matcher', "
            f"'{_VERSION}', {_STAMP})",
            [tuple(map(str, row)) for row in rows],
        )
    for rows in chunker(_tuboids(), 1000):
        cursor.executemany(
            "INSERT INTO tiled_tuboids (id, parent_series_id, tuboid_id, id_in_series, start_datetime, end_datetime, "
            f"n_shots, datetime_created, api_version) VALUES ({', '.join([sign] * 6)}, 10, {_STAMP})",
            [tuple(map(str, row)) for row in rows],
        )
    cursor.execute(
        f"INSERT INTO itc_labels (parent_tuboid_id, algo_name, algo_version, label, pattern, type, `order`, "
        f"datetime_created, api_version) SELECT id, 'classifier', '{_VERSION}', 1, 'Insecta.*', 'Insecta', 'Diptera', "
        f"{_STAMP} FROM tiled_tuboids"
    )
    connection.commit()


if __name__ == "__main__":
    main()
