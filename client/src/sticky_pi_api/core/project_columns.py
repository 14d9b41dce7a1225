"""Columns of a project's own: their names and SQL types are data, checked here, and never part of a statement."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import Conflict, InvalidInput
from .formats import format_datetime, parse_datetime, shown
from .info import field, parse_each, refuse, scalar
from .limits import COLUMNS
from .projects import project_id
from .users import parse_flag
from .values import paragraph_parser, text_parser

FIXED = ("id", "project_id", "device", "start_datetime", "end_datetime")
_MAX_TEXT = 65_535
_BIGINT = 2**63
_SQL = re.compile(r"([A-Z]+(?: PRECISION)?)(?: ?\( ?([1-9]\d{0,4}) ?\))?", re.ASCII)


@dataclass
class Column:
    """A column of a project; without an id, it is to be made."""

    name: str
    sql_type: str
    id: int | None = None

    @property
    def key(self) -> str:
        """Under which a row keeps its value: it stays when the column is renamed."""
        return str(self.id)

    @property
    def kind(self) -> str:
        """What it holds: `integer`, `number`, `boolean`, `datetime` or `text`."""
        return _KINDS.get(self.sql_type, "text")

    def parse(self, value: Any) -> Any:
        """The value as it is stored, in JSON; null where it is not set. Raises InvalidInput."""
        plain = scalar(value)
        if plain is None:
            return None
        try:
            return _parser(self.sql_type)(plain)
        except InvalidInput as error:
            raise InvalidInput(f"{self.name!r} is {self.sql_type}: {error.detail}") from error

    def read(self, stored: Any) -> Any:
        """A stored value as rows have it."""
        return parse_datetime(stored) if self.kind == "datetime" and stored is not None else stored


def _integer(value: Any) -> int:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int) or isinstance(whole, bool) or not -_BIGINT <= whole < _BIGINT:
        raise InvalidInput(f"{shown(value)} is not an integer of at most 64 bits")
    return whole


def _number(value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput(f"{shown(value)} is not a number")
    return number


def _moment(value: Any) -> str:
    return format_datetime(parse_datetime(value))


_KINDS = {
    **dict.fromkeys(("INTEGER", "INT"), "integer"),
    **dict.fromkeys(("REAL", "FLOAT", "DOUBLE", "DOUBLE PRECISION"), "number"),
    **dict.fromkeys(("BOOLEAN", "BOOL"), "boolean"),
    "DATETIME": "datetime",
}
_PARSERS: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": parse_flag,
    "datetime": _moment,
}
_TEXTS = ("TEXT", "CHAR", "VARCHAR")


@lru_cache(maxsize=1024)
def _parser(sql_type: str) -> Callable[[Any], Any]:
    name, _, size = sql_type.partition("(")
    if name in _TEXTS:
        return paragraph_parser(int(size[:-1]) if size else _MAX_TEXT)
    return _PARSERS[_KINDS[name]]


def parse_sql_type(value: Any) -> str:
    """The SQL type of a column in upper case, e.g. `VARCHAR(20)`."""
    match = _SQL.fullmatch(" ".join(value.upper().split())) if isinstance(value, str) and value.isascii() else None
    if match and (match[1] in _TEXTS or (match[1] in _KINDS and not match[2])) and int(match[2] or 1) <= _MAX_TEXT:
        return f"{match[1]}({match[2]})" if match[2] else match[1]
    raise InvalidInput(
        f"{shown(value)} is not the type of a column: it takes INTEGER, REAL, FLOAT, DOUBLE, TEXT, CHAR, VARCHAR(n), "
        "DATETIME or BOOLEAN"
    )


def parse_column_name(value: Any) -> str:
    """The name of a column: none of those that all projects have, in upper or lower case."""
    name = text_parser(64)(value)
    if name.lower() in FIXED:
        raise InvalidInput(f"{shown(value)} is a column that every project has: choose another name")
    return name


@dataclass(frozen=True)
class ColumnChange:
    """A column to be made, or (`old_name`) renamed, and of another type where there is one."""

    project: int
    name: str
    sql_type: str | None
    old_name: str | None


def column_changes(info: Any) -> list[ColumnChange]:
    """`put_project_columns`."""
    return parse_each(info, _change)


def _change(element: dict[str, Any]) -> ColumnChange:
    old_name = field(element, "old_column_name", parse_column_name, default=None)
    optional = {} if old_name is None else {"default": None}
    return ColumnChange(
        project_id(element),
        field(element, "column_name", parse_column_name),
        field(element, "column_SQL_type", parse_sql_type, **optional),
        old_name,
    )


def named_columns(info: Any) -> list[tuple[int, str]]:
    """`delete_project_columns`: (project, name) of each element."""
    return parse_each(info, lambda element: (project_id(element), field(element, "column_name", parse_column_name)))


def find_column(columns: Sequence[Column], name: str) -> Column | None:
    """The column of that name; upper and lower case are the same, as in SQL."""
    return next((column for column in columns if column.name.lower() == name.lower()), None)


def change_columns(columns: Mapping[int, list[Column]], changes: Sequence[ColumnChange]) -> list[Column]:
    """Makes the changes in the lists of columns by project, in order; returns the column of each.

    Raises:
        InvalidInput: a column to be renamed is not there, or a project would have too many.
        Conflict: there is another column of that name.
    """
    changed = []
    for index, change in enumerate(changes):
        try:
            changed.append(_apply(columns[change.project], change))
        except (InvalidInput, Conflict) as error:
            refuse(type(error), [{"index": index, "detail": error.detail}], of=len(changes))
    return changed


def _apply(columns: list[Column], change: ColumnChange) -> Column:
    column = find_column(columns, change.old_name) if change.old_name else Column(change.name, str(change.sql_type))
    if column is None:
        raise InvalidInput(f"project {change.project} has no column {change.old_name!r}")
    if find_column(columns, change.name) not in (None, column if change.old_name else None):
        raise Conflict(f"project {change.project} already has a column {change.name!r}")
    if not change.old_name:
        if len(columns) == COLUMNS:
            raise InvalidInput(f"project {change.project} has {COLUMNS} columns, and no project may have more")
        columns.append(column)
    column.name, column.sql_type = change.name, change.sql_type or column.sql_type
    return column


def convert(values: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """The values of a row where these columns are of another type now. Raises InvalidInput where one does not fit."""
    return {**values, **{column.key: column.parse(values[column.key]) for column in columns if column.key in values}}


def column_row(column: Column) -> dict[str, str]:
    """A column as the operations answer it."""
    return {"column_name": column.name, "column_SQL_type": column.sql_type}
