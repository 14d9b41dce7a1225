"""Long lists in a query: one parameter, a JSON array that the database reads as a table.

The cost of an element is then that of a look-up in an index, however many there are. A list of parameters costs ten
times as much to parse and to plan, and SQLite takes no expression deeper than 1,000.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL


def ids_of(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> RawSQL:
    """A subquery for the ids of the rows of a table whose columns have the values of one of `rows`.

    The columns should be those of an index. For conditions such as `filter(pk__in=ids_of(...))`.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    join = "STRAIGHT_JOIN" if connection.vendor == "mysql" else "CROSS JOIN"  # the list first, then the index
    equal = " AND ".join(f"found.{_quoted(field)} = asked.{_quoted(field)}" for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    listed = json.dumps([list(row) for row in rows], default=str)
    return RawSQL(  # noqa: S611  names of columns only; the values are parameters
        f"SELECT found.id FROM {_table(fields)} asked {join} {table} found ON {equal}", [listed]
    )


def values(field: Any, listed: Iterable[Any]) -> RawSQL:
    """A subquery for these values of a column, for conditions such as `filter(parent__in=values(...))`."""
    rows = json.dumps([[value] for value in listed], default=str)
    return RawSQL(f"SELECT asked.{_quoted(field)} FROM {_table([field])} asked", [rows])  # noqa: S611


def _table(fields: Sequence[Any]) -> str:
    """The parameter as a table with these columns."""
    if connection.vendor == "mysql":
        columns = ", ".join(f"{_quoted(field)} {_type(field)} PATH '$[{n}]'" for n, field in enumerate(fields))
        return f"JSON_TABLE(%s, '$[*]' COLUMNS ({columns}))"
    columns = ", ".join(f"json_extract(value, '$[{n}]') AS {_quoted(field)}" for n, field in enumerate(fields))
    return f"(SELECT {columns} FROM json_each(%s))"


def _type(field: Any) -> str:
    sql = str(field.rel_db_type(connection))  # without what only a primary key has
    # The column's own collation: with another one, its index would be of no use.
    return f"{sql} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" if sql.startswith("varchar") else sql


def _quoted(field: Any) -> str:
    return str(connection.ops.quote_name(field.column))
