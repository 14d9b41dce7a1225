"""The rows of a folder: all SQL of the client but that of leases, in the column forms of the existing tool."""

import copy
import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

from .. import __version__
from ..core import records
from ..core.errors import Unavailable
from ..core.info import ImageKey
from ..core.records import AnnotationRow, ImageRow
from ..core.series import Range
from ..core.users import Actor
from .schema import IMAGES, TABLES, UID_ANNOTATIONS, Row, Table
from .upgrade import prepare

_BUSY_SECONDS = 60

# SQLite has no lists of parameters: they come as one JSON array each.
_OF_KEYS = """json_each(?) asked CROSS JOIN images
    ON images.device = json_extract(asked.value, '$[0]') AND images.datetime = json_extract(asked.value, '$[1]')"""
_IN_RANGES = """json_each(?) asked CROSS JOIN images
    ON images.device = json_extract(asked.value, '$[0]')
    AND images.datetime >= json_extract(asked.value, '$[1]') AND images.datetime < json_extract(asked.value, '$[2]')"""
_WITH_ANNOTATIONS = "CROSS JOIN uid_annotations ON uid_annotations.parent_image_id = images.id"
# Steps from one device to the next in the index, however many images each has.
_DEVICES = """WITH RECURSIVE devices (device) AS (
    SELECT min(device) FROM images
    UNION ALL
    SELECT (SELECT min(device) FROM images WHERE device > devices.device) FROM devices WHERE device IS NOT NULL
) SELECT device FROM devices WHERE device IS NOT NULL"""


class Store:
    """`database.db`. A connection per transaction: threads, forks and other processes may use the folder at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.actor: Actor | None = None
        self._writer = threading.Lock()
        with _faults(path):
            prepare(path)

    def used_by(self, actor: Actor) -> Self:
        """The same, where new rows are in this user's name."""
        theirs = copy.copy(self)
        theirs.actor = actor
        return theirs

    @contextmanager
    def reading(self) -> Iterator["Rows"]:
        """A block that sees one state of the database."""
        with self._transaction("BEGIN") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator["Rows"]:
        """A transaction: what it writes is kept when the block ends, undone when it fails."""
        with self._writer, self._transaction("BEGIN IMMEDIATE") as rows:
            yield rows

    @contextmanager
    def _transaction(self, begin: str) -> Iterator["Rows"]:
        with (
            _faults(self._path),
            closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as db,
        ):
            db.execute("PRAGMA foreign_keys = ON")
            db.execute(begin)
            # Whatever ends the block early, closing the connection undoes what is not committed.
            yield Rows(db, self.actor)
            db.execute("COMMIT")


class Rows:
    """The statements, within one transaction."""

    def __init__(self, db: sqlite3.Connection, actor: Actor | None = None) -> None:
        self._db = db
        self._actor = actor

    def devices(self) -> list[str]:
        """Devices that have images."""
        return [device for (device,) in self._db.execute(_DEVICES)]

    def device_spans(self) -> list[tuple[str, datetime, datetime]]:
        """Devices that have images, in order, each with the datetimes of its first and its last one."""
        found = self._db.execute("SELECT device, min(datetime), max(datetime) FROM images GROUP BY device")
        return [(device, *map(datetime.fromisoformat, span)) for device, *span in found]

    def images(self, keys: Iterable[ImageKey]) -> list[ImageRow[datetime]]:
        """Images by key, in order."""
        return self._select(IMAGES, _OF_KEYS, _json(keys), order="images.device, images.datetime")

    def images_in(self, ranges: Mapping[str, Sequence[Range]]) -> list[ImageRow[datetime]]:
        """Images of devices in half-open ranges, in order."""
        return self._select(IMAGES, _IN_RANGES, _json(flat(ranges)), order="images.device, images.datetime")

    def annotations(self, keys: Iterable[ImageKey], *, data: bool) -> list[AnnotationRow[datetime]]:
        """Annotations of images by key, in order."""
        return self._annotations(_OF_KEYS, _json(keys), data=data)

    def annotations_in(self, ranges: Mapping[str, Sequence[Range]], *, data: bool) -> list[AnnotationRow[datetime]]:
        """Annotations of images in half-open ranges, in order."""
        return self._annotations(_IN_RANGES, _json(flat(ranges)), data=data)

    def _annotations(self, images: str, asked: str, *, data: bool) -> list[AnnotationRow[datetime]]:
        order = "images.device, images.datetime, uid_annotations.id"
        absent = () if data else ("json",)
        return self._select(UID_ANNOTATIONS, f"{images} {_WITH_ANNOTATIONS}", asked, order=order, blank=absent)

    def where(self, table: Table[Row], column: str, values: Iterable[Any], *, order: str = "id") -> list[Row]:
        """Rows of a table whose column has one of the values."""
        asked = f'json_each(?) asked CROSS JOIN {table.name} ON {table.name}."{column}" = asked.value'
        return self._select(table, asked, _json(values), order=f"{table.name}.{order}")

    def all(self, table: Table[Row]) -> list[Row]:
        """All rows of a table, by id."""
        return self._select(table, table.name, order="id")

    def insert(self, table: Table[Any], rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Writes rows: columns that are the same for all, and those of each. Returns their ids."""
        if not rows:
            return ()
        stamp = {
            "datetime_created": datetime.now(UTC).replace(tzinfo=None),
            "api_version": __version__,
            "api_user": self._actor.username if self._actor else None,
            "api_user_id": self._actor.id if self._actor else None,
        }
        columns = [*rows[0], *stamp]
        names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
        values = ([_stored(value) for value in (*row.values(), *stamp.values())] for row in rows)
        self._db.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)
        [last] = self._db.execute("SELECT last_insert_rowid()").fetchone()
        return range(last - len(rows) + 1, last + 1)

    def update(self, table: Table[Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Changes the given columns of rows by their `id`."""
        for row in rows:
            names = ", ".join(f'"{column}" = ?' for column in row)
            values = [_stored(value) for value in row.values()]
            self._db.execute(f"UPDATE {table.name} SET {names} WHERE id = ?", [*values, row["id"]])

    def ask(self, statement: str, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        """Runs a statement; lists in `parameters` become JSON."""
        values = {name: _json(v) if isinstance(v, list) else _stored(v) for name, v in parameters.items()}
        return self._db.execute(statement, values)

    def delete(self, table: Table[Any], ids: Iterable[int]) -> None:
        """Deletes rows, and those of other tables that belong to them."""
        self._db.execute(f"DELETE FROM {table.name} WHERE id IN (SELECT value FROM json_each(?))", (_json(ids),))

    def _select(
        self, table: Table[Row], source: str, *asked: Any, order: str, blank: Collection[str] = ()
    ) -> list[Row]:
        columns = _COLUMNS[table.name]
        names = ", ".join("''" if column in blank else f'{table.name}."{column}"' for column in columns)
        cursor = self._db.execute(f"SELECT {names} FROM {source} ORDER BY {order}", asked)
        found = [dict(zip(columns, row, strict=True)) for row in cursor]
        for column in columns:
            if read := _reader(column):
                for row in found:
                    row[column] = None if row[column] is None else read(row[column])
        return cast(list[Row], found)


_COLUMNS = {table: records.columns(row) for table, row in TABLES.items()}
_FLAGS = {column for row in TABLES.values() for column in records.columns(row, bool)}
_DATETIMES = {column for row in TABLES.values() for column in records.columns(row, records.Datetime)}


def _reader(column: str) -> Callable[[Any], Any] | None:
    if column in _DATETIMES:
        return datetime.fromisoformat
    return bool if column in _FLAGS else None


def _stored(value: Any) -> Any:
    """A value in its column form: `YYYY-MM-DD HH:MM:SS.ffffff` for a datetime."""
    return value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value


def _json(values: Iterable[Any]) -> str:
    return json.dumps(list(values), default=_stored)


def flat(ranges: Mapping[str, Sequence[Range]]) -> Iterator[tuple[str, datetime, datetime]]:
    for device, of_device in ranges.items():
        for start, end in of_device:
            yield device, start, end


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
            raise Unavailable(f"the database {path} cannot be used: {error}") from error
        raise  # a bug
