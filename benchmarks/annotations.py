"""Annotations over HTTP, put and read, beside a JSON parser and a cursor alone; and the memory that this takes."""

import contextlib
import json
import random
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from benchmarks.filling import DEVICES, INTERVAL, START, fill, series
from benchmarks.measuring import connect, growth, mark, medians, post
from sticky_pi_api.core.records import UID_ANNOTATIONS
from tests.services import mariadb
from tests.services.server import Server

N_PUT, N_READ = 1_000, 10_000  # annotations, of as many images
N_CONTOURS, N_POINTS = 50, 20
_ROUNDS = 7
_VERSION = "1598113346-" + "0" * 32
_JSON = UID_ANNOTATIONS.index("json")


def main() -> None:
    """Measures on each database that is here, and prints."""
    with tempfile.TemporaryDirectory() as folder:
        _report("SQLite", Path(folder) / "sqlite", {})
        if reason := mariadb.missing():
            print(reason)
            return
        with mariadb.MariaDB() as running:
            _report("MariaDB", Path(folder) / "mariadb", running.create_database("annotations"))


class Annotations:
    """A server with images, the first `N_READ` of them annotated; the `N_PUT` after these are there to be annotated."""

    def __init__(self, server: Server, connection: Any) -> None:
        self.server, self._connection = server, connection
        fill(connection, mark(server), 1)
        elements = self._elements()
        self.body = orjson.dumps(elements)
        self._texts = [orjson.dumps(element).decode() for element in elements]
        self._versions = map("1598113346-{:032x}".format, count(1))
        for start in range(1, N_READ, N_PUT):
            self._insert(start, _VERSION)

    def put(self) -> None:
        """Puts a body over HTTP, of the next version of the algorithm."""
        post(self.server, "/put_uid_annotations", self.body.replace(_VERSION.encode(), next(self._versions).encode()))

    def bare_put(self) -> None:
        """The same by a parser and a cursor alone."""
        json.loads(self.body)
        self._insert(N_READ + 1, next(self._versions))

    def read(self, n_annotations: int = N_READ) -> int:
        """Reads the series over HTTP. Returns its bytes."""
        return post(self.server, "/get_uid_annotations_series/data", series("%", n_annotations // len(DEVICES)))

    def read_few(self) -> int:
        """Reads the annotations of the first moment."""
        return self.read(len(DEVICES))

    def bare_read(self) -> int:
        """The same rows, in the same order, by a cursor alone. Returns the bytes of their JSON."""
        cursor, sign = self._connection.cursor(), mark(self.server)
        cursor.execute(
            f"SELECT {', '.join(f'a.{column}' for column in UID_ANNOTATIONS)} FROM images i JOIN uid_annotations a "
            f"ON a.parent_image_id = i.id WHERE i.device IN ({', '.join([sign] * len(DEVICES))}) "
            f"AND i.datetime < {sign} ORDER BY i.device, i.datetime, a.id",
            (*DEVICES, str(START + N_READ // len(DEVICES) * INTERVAL)),
        )
        return sum(len(row[_JSON].encode()) for row in cursor)

    def _insert(self, first_id: int, version: str) -> None:
        """Annotates `N_PUT` images in one go."""
        rows = [
            (image, "detector", version, N_CONTOURS, text, "2022-06-20 00:00:00", "1.0.0", "admin", 1)
            for image, text in enumerate(self._texts, first_id)
        ]
        cursor, columns = self._connection.cursor(), ", ".join(UID_ANNOTATIONS[1:])
        marks = ", ".join([mark(self.server)] * len(rows[0]))
        cursor.executemany(f"INSERT INTO uid_annotations ({columns}) VALUES ({marks})", rows)
        self._connection.commit()

    def _elements(self) -> list[dict[str, Any]]:
        """What is put, of the version `_VERSION`."""
        rng, cursor = random.Random(1), self._connection.cursor()
        cursor.execute(f"SELECT device, datetime, md5 FROM images WHERE id > {N_READ} AND id <= {N_READ + N_PUT}")
        return [
            {
                "annotations": [_object(rng) for _ in range(N_CONTOURS)],
                "metadata": {
                    "algo_name": "detector",
                    "algo_version": _VERSION,
                    "device": device,
                    "datetime": str(moment),
                    "md5": md5,
                },
            }
            for device, moment, md5 in cursor.fetchall()
        ]


def _object(rng: random.Random) -> dict[str, Any]:
    contour = [[[rng.randrange(2592), rng.randrange(1944)]] for _ in range(N_POINTS)]
    return {"contour": contour, "name": "insect", "fill_colour": "#ff0000", "stroke_colour": "#0000ff", "value": 0}


def _report(name: str, folder: Path, settings: Mapping[str, str]) -> None:
    with Server(folder, settings) as server, contextlib.closing(connect(server)) as connection:
        annotations = Annotations(server, connection)
        print(f"{name}, annotations of {N_CONTOURS} contours x {N_POINTS} points")
        _report_put(annotations)
        _report_read(annotations)


def _report_put(annotations: Annotations) -> None:
    put, floor = medians([annotations.put, annotations.bare_put], _ROUNDS)
    grown = growth(annotations.server, annotations.read_few, annotations.put)
    print(f"  {N_PUT:,} put over HTTP, {len(annotations.body) / 1e6:.0f} MB {put * 1e3:8.0f} ms")
    print(f"  floor: json.loads and one insert {floor * 1e3:6.0f} ms, ratio {put / floor:.2f} (target: at most 2.5)")
    print(f"  the server grows by {grown / 1e6:.0f} MB")


def _report_read(annotations: Annotations) -> None:
    read, bare = medians([annotations.read, annotations.bare_read], _ROUNDS)
    grown = growth(annotations.server, annotations.read_few, annotations.read)
    print(f"  {N_READ:,} read with a cursor  {N_READ / bare:8,.0f} rows/s")
    print(f"  over HTTP           {N_READ / read:8,.0f} rows/s, ratio {bare / read:.2f} (target: at least 0.4)")
    print(f"  the server grows by {grown / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
