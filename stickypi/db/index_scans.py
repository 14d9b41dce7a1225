"""Loose index scans: the distinct values of an indexed column, by steps from one to the next in the index.

The cost follows the number of values, not the size of the table. MariaDB does this by itself for DISTINCT and GROUP BY
("Using index for group-by") and reads the whole index for a recursive query; SQLite does the opposite. This is the one
place that knows both forms.
"""

from typing import Any

from django.db import connection, models


def distinct(model: type[models.Model], column: str) -> list[str]:
    """The values of a column with an index, in its order."""
    table = _table(model)
    if _scans_by_itself():
        rows = _fetch(f"SELECT DISTINCT {column} FROM {table} ORDER BY {column}")
    else:
        rows = _fetch(f"WITH RECURSIVE {_steps(table, column)} SELECT a FROM steps WHERE a IS NOT NULL")
    return [value for (value,) in rows]


def last_ids(model: type[models.Model], column: str, order: str) -> list[int]:
    """The id of the last row, by `order`, of each value of `column`; an index must start with the two."""
    table = _table(model)
    if _scans_by_itself():
        last = f"SELECT {column}, MAX({order}) AS {order} FROM {table} GROUP BY {column}"
        rows = _fetch(f"SELECT id FROM {table} JOIN ({last}) AS latest USING ({column}, {order})")
    else:
        last = f"SELECT id FROM {table} WHERE {column} = a ORDER BY {order} DESC LIMIT 1"
        rows = _fetch(f"WITH RECURSIVE {_steps(table, column)} SELECT ({last}) FROM steps WHERE a IS NOT NULL")
    return [identity for (identity,) in rows]


def distinct_pairs(model: type[models.Model], first: str, second: str) -> list[tuple[str, str]]:
    """The pairs of values of two columns that an index starts with, in its order."""
    table = _table(model)
    if _scans_by_itself():
        return _fetch(f"SELECT DISTINCT {first}, {second} FROM {table} ORDER BY {first}, {second}")
    within = f"SELECT {second} FROM {table} WHERE {first} = a"
    return _fetch(
        f"WITH RECURSIVE {_steps(table, first)}, "
        f"pairs(a, b) AS (SELECT a, ({within} ORDER BY {second} LIMIT 1) FROM steps WHERE a IS NOT NULL UNION ALL "
        f"SELECT a, ({within} AND {second} > b ORDER BY {second} LIMIT 1) FROM pairs WHERE b IS NOT NULL) "
        "SELECT a, b FROM pairs WHERE b IS NOT NULL ORDER BY a, b"
    )


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _scans_by_itself() -> bool:
    return connection.vendor == "mysql"


def _steps(table: str, column: str) -> str:
    """A common table expression `steps(a)`: the values of a column, and null at the end."""
    return (
        f"steps(a) AS (SELECT (SELECT {column} FROM {table} ORDER BY {column} LIMIT 1) UNION ALL "
        f"SELECT (SELECT {column} FROM {table} WHERE {column} > a ORDER BY {column} LIMIT 1) "
        "FROM steps WHERE a IS NOT NULL)"
    )


def _fetch(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
