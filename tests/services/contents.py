"""What a server holds, reached past it: between tests, rows and files go back to where they started."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.services import mariadb, object_store


class Contents:
    """The rows and files of the server with this environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._data_dir = Path(environment["STICKYPI_DATA_DIR"])
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    def remember(self) -> None:
        """Makes the present rows the ones that `restore` puts back."""
        with self._transaction() as cursor:
            self._rows = {table: _select(cursor, f"SELECT * FROM {table}") for table in self._tables(cursor)}

    def restore(self) -> None:
        """Puts the remembered rows back and removes all files."""
        with self._transaction() as cursor:
            for table, rows in self._rows.items():
                cursor.execute(f"DELETE FROM {table}")
                if rows:
                    marks = ", ".join([self._mark] * len(rows[0]))
                    cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        if self._in_bucket:
            object_store.empty_bucket(self._environment)
        else:
            shutil.rmtree(self._data_dir / "files", ignore_errors=True)

    def files(self) -> set[str]:
        """The storage keys of all files, those on their way in left out."""
        if self._in_bucket:
            return object_store.keys(self._environment)
        folder = self._data_dir / "files"
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {str(path) for path in paths if not path.parts[0].startswith(".")}

    def select(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with self._transaction() as cursor:
            return _select(cursor, statement)

    def execute(self, statement: str) -> None:
        """Runs a statement that writes."""
        with self._transaction() as cursor:
            cursor.execute(statement)

    @property
    def _in_bucket(self) -> bool:
        return bool(self._environment.get("S3_HOST"))

    @property
    def _in_mariadb(self) -> bool:
        return bool(self._environment.get("MYSQL_HOST"))

    @property
    def _mark(self) -> str:
        return "%s" if self._in_mariadb else "?"

    def _tables(self, cursor: Any) -> list[str]:
        if self._in_mariadb:
            return [name for (name,) in _select(cursor, "SHOW TABLES")]
        statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        # New rows are numbered as they were then: the next id of each table, put back after its rows.
        return [*(name for (name,) in _select(cursor, statement)), "sqlite_sequence"]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Any]:
        """A transaction in which foreign keys are not looked at."""
        if self._in_mariadb:
            connection, prelude = mariadb.connect(self._environment), "SET foreign_key_checks = 0"
        else:
            connection, prelude = (
                sqlite3.connect(self._data_dir / "stickypi.db", timeout=30),
                "PRAGMA synchronous = OFF",
            )
        with contextlib.closing(connection):
            cursor = connection.cursor()
            cursor.execute(prelude)
            yield cursor
            connection.commit()


def _select(cursor: Any, statement: str) -> list[tuple[Any, ...]]:
    cursor.execute(statement)
    return list(cursor.fetchall())
