"""Series over HTTP beside the bare database: rows a second, dependence on the size of the table, memory."""

import argparse
import contextlib
import http.client
import sqlite3
import statistics
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks.filling import BLOCK, DEVICES, INTERVAL, START, fill
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.records import IMAGES
from tests.services import mariadb
from tests.services.server import ADMIN, Server

SMALL, LARGE = BLOCK, 10 * BLOCK  # moments: 100,000 and 1,000,000 rows
_RATE_ROUNDS, _FLAT_ROUNDS = 5, 11
_BUFFER = bytearray(1 << 20)


class Table:
    """A server whose table `images` has an image of each device at each of `n_moments` moments."""

    def __init__(self, server: Server, n_moments: int) -> None:
        self.server, self.n_moments = server, n_moments
        self._mark = "%s" if server.environment.get("MYSQL_HOST") else "?"
        with contextlib.closing(self._connect()) as connection:
            fill(connection, self._mark, n_moments // BLOCK)

    def over_http(self, pattern: str, n_moments: int, what: str = "metadata") -> int:
        """Reads a series as fast as it comes. Returns its bytes."""
        start, end = START, START + n_moments * INTERVAL
        info = {"device": pattern, "start_datetime": format_datetime(start), "end_datetime": format_datetime(end)}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        with contextlib.closing(connection):
            authorization = f"Basic {b64encode(':'.join(ADMIN).encode()).decode()}"
            connection.request(
                "POST", f"/get_image_series/{what}", orjson.dumps([info]), {"Authorization": authorization}
            )
            response = connection.getresponse()
            if response.status != 200:
                raise RuntimeError(f"{response.status}: {response.read(1000)!r}")
            size = 0
            while read := response.readinto(_BUFFER):
                size += read
        return size

    @contextlib.contextmanager
    def bare(self) -> Iterator[Callable[[str, int], int]]:
        """The same by a cursor and orjson alone, given the beginning of the devices' ids: returns bytes of JSON."""
        statement = (
            f"SELECT {', '.join(IMAGES)} FROM images WHERE device IN ({', '.join([self._mark] * 10)}) "
            f"AND datetime >= {self._mark} AND datetime < {self._mark} ORDER BY device, datetime"
        )
        with contextlib.closing(self._connect()) as connection:

            def read(beginning: str, n_moments: int) -> int:
                cursor, devices = connection.cursor(), [device for device in DEVICES if device.startswith(beginning)]
                cursor.execute(statement, (*devices, _text(START), _text(START + n_moments * INTERVAL)))
                rows = [dict(zip(IMAGES, row, strict=True)) for row in cursor.fetchall()]
                return len(orjson.dumps(rows, default=float))  # MariaDB's decimals

            yield read

    def _connect(self) -> Any:
        if self._mark == "?":
            return sqlite3.connect(self.server.data_dir / "stickypi.db")
        return mariadb.connect(self.server.environment)


def main() -> None:
    """Measures on each database that is here, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _report("SQLite", Path(folder) / "sqlite", {}, {})
        if reason := mariadb.missing():
            print(reason)
            return
        with mariadb.MariaDB() as running:
            databases = [running.create_database(name) for name in ("small", "large")]
            _report("MariaDB", Path(folder) / "mariadb", *databases)


def _report(name: str, folder: Path, *settings: Mapping[str, str]) -> None:
    with Server(folder / "small", settings[0]) as one, Server(folder / "large", settings[1]) as other:
        small, large = Table(one, SMALL), Table(other, LARGE)
        print(f"{name}, {len(DEVICES) * LARGE:,} rows")
        _report_rate(large)
        _report_flatness(small, large)
        _report_memory(large)


def _report_rate(table: Table) -> None:
    n_rows = len(DEVICES) // 10 * table.n_moments
    with table.bare() as bare:
        calls = [
            lambda: bare("5", table.n_moments),
            lambda: table.over_http("5%", table.n_moments),
            lambda: table.over_http("5%", table.n_moments, "thumbnail"),
        ]
        floor, metadata, thumbnail = _medians(calls, _RATE_ROUNDS)
    print(f"  {n_rows:,} rows read with a cursor and orjson  {n_rows / floor:9,.0f} rows/s")
    for what, seconds, target in (("metadata", metadata, " (target: at least 0.3)"), ("thumbnail", thumbnail, "")):
        print(f"  over HTTP, {what:32} {n_rows / seconds:9,.0f} rows/s, ratio {floor / seconds:.2f}{target}")


def _report_flatness(small: Table, large: Table) -> None:
    n_rows = len(DEVICES) // 10 * SMALL
    for pattern, n_moments in (("5%", SMALL), ("%5", SMALL), ("%", SMALL // 10)):
        calls = [lambda table=table: table.over_http(pattern, n_moments) for table in (small, large)]  # noqa: B023
        of_small, of_large = _medians(calls, _FLAT_ROUNDS)
        print(
            f"  {n_rows:,} rows of {pattern!r:4} out of {len(DEVICES) * SMALL:,} {of_small * 1e3:5.0f} ms, out of "
            f"{len(DEVICES) * LARGE:,} {of_large * 1e3:5.0f} ms, ratio {of_large / of_small:.2f} (target: at most 1.2)"
        )


def _report_memory(table: Table) -> None:
    for what in ("metadata", "thumbnail"):
        table.server.restart()
        table.over_http("5%", 100)
        before, done = table.server.memory(), threading.Event()
        sampled = [before]

        def sample() -> None:
            while not done.wait(0.02):
                sampled.append(table.server.memory())

        sampler = threading.Thread(target=sample)
        sampler.start()
        start = time.perf_counter()
        size = table.over_http("%", table.n_moments, what)
        seconds = time.perf_counter() - start
        done.set()
        sampler.join()
        print(
            f"  all rows, {what:9} {size / 1e6:5.0f} MB in {seconds:4.1f} s; the server grows by "
            f"{(max(sampled) - before) / 1e6:4.0f} MB (target: under 200 MB)"
        )


def _medians(calls: list[Callable[[], Any]], rounds: int) -> list[float]:
    """Seconds of each of the calls: the median of rounds in which each has its turn, after one that warms up."""
    measured: list[list[float]] = []
    for _ in range(rounds + 1):
        measured.append([_seconds(call) for call in calls])
    return [statistics.median(seconds) for seconds in zip(*measured[1:], strict=True)]


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


if __name__ == "__main__":
    main()
