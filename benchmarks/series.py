"""Series over HTTP beside the bare database: rows a second, dependence on the size of the table, memory."""

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import orjson

from benchmarks.filling import BLOCK, DEVICES, INTERVAL, START, fill, series
from benchmarks.measuring import connect, growth, mark, medians, post
from sticky_pi_api.core.records import IMAGES
from tests.services import mariadb
from tests.services.server import Server

SMALL, LARGE = BLOCK, 10 * BLOCK  # moments: 100,000 and 1,000,000 rows
_RATE_ROUNDS, _FLAT_ROUNDS = 5, 9


class Table:
    """A server whose table `images` has an image of each device at each of `n_moments` moments."""

    def __init__(self, server: Server, n_moments: int) -> None:
        self.server, self.n_moments = server, n_moments
        with contextlib.closing(connect(server)) as connection:
            fill(connection, mark(server), n_moments // BLOCK)

    def over_http(self, pattern: str, n_moments: int, what: str = "metadata") -> int:
        """Reads a series as fast as it comes. Returns its bytes."""
        return post(self.server, f"/get_image_series/{what}", series(pattern, n_moments))

    @contextlib.contextmanager
    def bare(self) -> Iterator[Callable[[str, int], int]]:
        """The same by a cursor and orjson alone, given the beginning of the devices' ids: returns bytes of JSON."""
        sign = mark(self.server)
        statement = (
            f"SELECT {', '.join(IMAGES)} FROM images WHERE device IN ({', '.join([sign] * 10)}) "
            f"AND datetime >= {sign} AND datetime < {sign} ORDER BY device, datetime"
        )
        with contextlib.closing(connect(self.server)) as connection:

            def read(beginning: str, n_moments: int) -> int:
                cursor, devices = connection.cursor(), [device for device in DEVICES if device.startswith(beginning)]
                cursor.execute(statement, (*devices, _text(START), _text(START + n_moments * INTERVAL)))
                rows = [dict(zip(IMAGES, row, strict=True)) for row in cursor.fetchall()]
                return len(orjson.dumps(rows, default=float))  # MariaDB's decimals

            yield read


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
        floor, metadata, thumbnail = medians(calls, _RATE_ROUNDS)
    print(f"  {n_rows:,} rows read with a cursor and orjson  {n_rows / floor:9,.0f} rows/s")
    for what, seconds, target in (("metadata", metadata, " (target: at least 0.3)"), ("thumbnail", thumbnail, "")):
        print(f"  over HTTP, {what:32} {n_rows / seconds:9,.0f} rows/s, ratio {floor / seconds:.2f}{target}")


def _report_flatness(small: Table, large: Table) -> None:
    n_rows = len(DEVICES) // 10 * SMALL
    for pattern, n_moments in (("5%", SMALL), ("%5", SMALL), ("%", SMALL // 10)):
        calls = [lambda table=table: table.over_http(pattern, n_moments) for table in (small, large)]  # noqa: B023
        of_small, of_large = medians(calls, _FLAT_ROUNDS)
        print(
            f"  {n_rows:,} rows of {pattern!r:4} out of {len(DEVICES) * SMALL:,} {of_small * 1e3:5.0f} ms, out of "
            f"{len(DEVICES) * LARGE:,} {of_large * 1e3:5.0f} ms, ratio {of_large / of_small:.2f} (target: at most 1.2)"
        )


def _report_memory(table: Table) -> None:
    for what in ("metadata", "thumbnail"):
        grown = growth(
            table.server,
            lambda: table.over_http("5%", 100),
            lambda what=what: table.over_http("%", table.n_moments, what),  # type: ignore[misc]
        )
        print(f"  all rows, {what:9}: the server grows by {grown / 1e6:4.0f} MB (target: under 200 MB)")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


if __name__ == "__main__":
    main()
