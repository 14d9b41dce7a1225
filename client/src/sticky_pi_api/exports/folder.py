"""The folder of an export: its files with their md5s and counts of rows."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from .. import __version__
from ..bundle_files import disk_faults
from ..core.errors import InvalidInput
from ..core.exports import Query, iso
from ..core.formats import shown
from .manifest import Manifest, write_manifest

_PIECE = 1 << 20


class Table(Protocol):
    """What rows are written to."""

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows: column -> value."""


class Folder:
    """A folder that is filled file by file; it is an export once it has its manifest."""

    def __init__(self, path: Path, created: datetime | None = None) -> None:
        self.path = path.absolute()
        self.created = iso(created or datetime.now(UTC).replace(tzinfo=None))
        self._rows: dict[str, int] = {}
        make_empty(self.path)

    @contextmanager
    def csv(self, name: str, columns: Sequence[str]) -> Iterator["CsvTable"]:
        """A CSV file: UTF-8, datetimes in ISO 8601 with `Z`."""
        with disk_faults(self.path), (self.path / name).open("w", encoding="utf-8", newline="") as file:
            table = CsvTable(file, columns)
            yield table
        self._rows[name] = table.n_rows

    @contextmanager
    def counted(self, name: str, table: Any) -> Iterator[Any]:
        """A table of another format that counts its `n_rows`."""
        with disk_faults(self.path), table:
            yield table
        self._rows[name] = table.n_rows

    def text(self, name: str, content: str) -> None:
        """A text file."""
        with disk_faults(self.path):
            (self.path / name).write_text(content, encoding="utf-8", newline="\n")

    def count(self, name: str, n_rows: int) -> None:
        """How many rows a file has."""
        self._rows[name] = n_rows

    def finish(self, kind: str, query: Query, notes: Mapping[str, int]) -> Manifest:
        """Writes the manifest."""
        with disk_faults(self.path):
            paths = sorted(path for path in self.path.rglob("*") if path.is_file())
            content = {
                "kind": kind,
                "created": self.created,
                "query": query.to_json(),
                "licence": query.licence,
                "versions": {"sticky_pi_api": __version__, **_versions()},
                "notes": dict(sorted(notes.items())),
                "files": [self._file(path) for path in paths],
            }
            return write_manifest(self.path, content)

    def _file(self, path: Path) -> dict[str, Any]:
        name = path.relative_to(self.path).as_posix()
        rows = {"rows": self._rows[name]} if name in self._rows else {}
        return {"path": name, "bytes": path.stat().st_size, "md5": file_md5(path), **rows}


def make_empty(path: Path) -> None:
    """Makes a folder if it is absent. Raises InvalidInput if there is something in it."""
    with disk_faults(path):
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise InvalidInput(f"{shown(str(path))} is not empty: an export takes a folder of its own")


class CsvTable:
    """Rows of a CSV file."""

    def __init__(self, file: Any, columns: Sequence[str]) -> None:
        self.n_rows = 0
        self._columns = columns
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows; columns that a row has not are empty."""
        self._writer.writerows([_text(row.get(column)) for column in self._columns] for row in rows)
        self.n_rows += len(rows)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def file_md5(path: Path) -> str:
    """The md5 of a file of any size."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    """Those of libraries that decide how files look."""
    try:
        import pyarrow
    except ModuleNotFoundError:
        return {}
    return {"pyarrow": pyarrow.__version__}
