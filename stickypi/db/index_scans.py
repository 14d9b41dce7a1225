"""The different values of indexed columns, by steps in the index: the cost follows their number, not the table's size.

MariaDB makes the steps of itself for DISTINCT ("Using index for group-by"), and reads the whole index for a recursive
query; SQLite does the contrary.
"""

from typing import Any

from django.db import connection, models


def distinct(model: type[models.Model], column: str) -> list[str]:
    """The values of a column with an index, in its order."""
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "mysql":
        return [value for (value,) in _fetch(f"SELECT DISTINCT {column} FROM {table} ORDER BY {column}")]
    return [
        value for (value,) in _fetch(f"WITH RECURSIVE {_steps(table, column)} SELECT a FROM firsts WHERE a IS NOT NULL")
    ]


def distinct_pairs(model: type[models.Model], first: str, second: str) -> list[tuple[str, str]]:
    """The pairs of values of two columns that an index starts with, in its order."""
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "mysql":
        return _fetch(f"SELECT DISTINCT {first}, {second} FROM {table} ORDER BY {first}, {second}")
    within = f"SELECT {second} FROM {table} WHERE {first} = a"
    return _fetch(
        f"WITH RECURSIVE {_steps(table, first)}, "
        f"pairs(a, b) AS (SELECT a, ({within} ORDER BY {second} LIMIT 1) FROM firsts WHERE a IS NOT NULL UNION ALL "
        f"SELECT a, ({within} AND {second} > b ORDER BY {second} LIMIT 1) FROM pairs WHERE b IS NOT NULL) "
        "SELECT a, b FROM pairs WHERE b IS NOT NULL ORDER BY a, b"
    )


def _steps(table: str, column: str) -> str:
    return (
        f"firsts(a) AS (SELECT (SELECT {column} FROM {table} ORDER BY {column} LIMIT 1) UNION ALL "
        f"SELECT (SELECT {column} FROM {table} WHERE {column} > a ORDER BY {column} LIMIT 1) "
        "FROM firsts WHERE a IS NOT NULL)"
    )


def _fetch(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
