"""What folders of the existing tool's two generations have otherwise than ours.

The first (2020/21) has the name of the user in each row, `api_user`; the second (2022/23) the id, `api_user_id`, and a
table for the series of each project, `project_series_<id of the project>`, with that project's columns.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from ..core.errors import InvalidInput
from ..core.formats import parse_datetime, shown
from ..core.project_columns import FIXED, Column, parse_sql_type

_SERIES = """SELECT tables.name, projects.id FROM sqlite_master tables
    JOIN projects ON tables.name = 'project_series_' || projects.id WHERE tables.type = 'table' ORDER BY projects.id"""
_STAMP = ("datetime_created", "api_version", "api_user", "api_user_id")
# Words in the types of other databases.
_TYPES = {"INT": "INTEGER", "CHAR": "TEXT", "DEC": "REAL", "NUM": "REAL", "DATE": "DATETIME", "TIMESTAMP": "DATETIME"}


def moment(value: Any) -> str | None:
    """A datetime as our columns have it, from any form that `parse_datetime` takes; null if it is none."""
    try:
        return parse_datetime(value).isoformat(" ", "microseconds")
    except InvalidInput:
        return None


def check_datetimes(db: sqlite3.Connection, table: str, column: str) -> None:
    """Raises InvalidInput about a row whose datetime cannot be read."""
    wrong = f'SELECT id, "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL AND moment("{column}") IS NULL LIMIT 1'
    for identity, value in db.execute(wrong):
        raise InvalidInput(f"table {table!r}, row {identity}: {column} is {shown(value)}, which is not a datetime")


def complete_users(db: sqlite3.Connection, older: Mapping[str, Collection[str]]) -> None:
    """Fills in the user's name where an older table had the id only, and the id where it had the name only.

    Args:
        db: the database, its tables upgraded.
        older: the columns that each table had before.
    """
    for table, columns in older.items():
        for known, missing, of_user, wanted in (
            ("api_user_id", "api_user", "id", "username"),
            ("api_user", "api_user_id", "username", "id"),
        ):
            if known in columns and missing not in columns:
                found = f'SELECT {wanted} FROM users maker WHERE maker.{of_user} = "{table}".{known}'
                db.execute(f'UPDATE "{table}" SET {missing} = ({found})')


def series_tables(db: sqlite3.Connection) -> dict[str, int]:
    """The tables of the second generation for the series of projects that are there: name -> id of the project."""
    return dict(db.execute(_SERIES).fetchall())


def move_series(db: sqlite3.Connection) -> None:
    """Makes deployments of the series of the second generation. Their ids stay what callers know them by."""
    tables = series_tables(db)
    numbers = [number for table in tables for (number,) in db.execute(f'SELECT id FROM "{table}"')]
    [last] = db.execute("SELECT max(id) FROM deployments").fetchone()
    ids = count(max([last or 0, *numbers]) + 1)  # beyond all numbers: the id of a new row is nobody's number
    for table, project in tables.items():
        for deployment in _deployments(db, table, project):
            _insert(db, "deployments", {"id": next(ids), **deployment})
        db.execute(f'DROP TABLE "{table}"')


def _deployments(db: sqlite3.Connection, table: str, project: int) -> Iterator[dict[str, Any]]:
    """The rows of a table of series as deployments; its other columns are stored as columns of the project."""
    for name in ("start_datetime", "end_datetime"):
        check_datetimes(db, table, name)
    made = db.execute(f"SELECT {', '.join(_STAMP)} FROM projects WHERE id = ?", [project]).fetchone()
    stamp = {"parent_project_id": project, **dict(zip(_STAMP, made, strict=True))}
    values: dict[int, dict[str, Any]] = {}
    for _, name, declared, *_ in db.execute(f'PRAGMA table_info("{table}")').fetchall():
        if name in FIXED:
            continue
        quoted = name.replace('"', '""')
        found = db.execute(f'SELECT id, "{quoted}" FROM "{table}" WHERE "{quoted}" IS NOT NULL').fetchall()
        sql_type, converted = _convert(declared, [value for _, value in found])
        key = str(_insert(db, "project_columns", {"name": name, "sql_type": sql_type, **stamp}))
        for (number, _), value in zip(found, converted, strict=True):
            values.setdefault(number, {})[key] = value
    rows = f'SELECT id, device, moment(start_datetime), moment(end_datetime) FROM "{table}" ORDER BY id'
    for number, *identity in db.execute(rows).fetchall():
        deployment = dict(zip(("device", "start_datetime", "end_datetime"), identity, strict=True))
        yield {"number": number, **deployment, "values": json.dumps(values.get(number, {})), **stamp}


def _insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int | None:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    return db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())).lastrowid


def _convert(declared: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The type of ours for a column of that type, and its values as we store them: text, where it does not fit them."""
    try:
        sql_type = parse_sql_type(declared)
    except InvalidInput:
        sql_type = next((ours for word, ours in _TYPES.items() if word in declared.upper()), "TEXT")
    column = Column("", sql_type)
    try:
        return sql_type, [column.parse(value) for value in values]
    except InvalidInput:
        return "TEXT", [str(value) for value in values]
