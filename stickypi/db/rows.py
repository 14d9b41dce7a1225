"""Rows of a query in the wire format: formatted by the database, read in chunks, without model instances.

Ours because a series may have a hundred thousand rows: model instances, or Django's converters for each datetime and
decimal, would take several times as long as the query.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    CharField,
    DateTimeField,
    DecimalField,
    Expression,
    F,
    Field,
    FloatField,
    Func,
    Model,
    QuerySet,
)

from sticky_pi_api.core import records

CHUNK = 2000  # rows

R = TypeVar("R")


class WireDatetime(Func):
    """A datetime column as `YYYY-MM-DD_HH-MM-SS`."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """SQLite stores datetimes as text, `YYYY-MM-DD HH:MM:SS[.ffffff]`."""
        return self.as_sql(
            compiler, connection, template="replace(replace(substr(%(expressions)s, 1, 19), ' ', '_'), ':', '-')"
        )

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, template="DATE_FORMAT(%(expressions)s, '%%%%Y-%%%%m-%%%%d_%%%%H-%%%%i-%%%%S')"
        )


class WireNumber(Func):
    """A decimal column as a floating point number: JSON has no decimals."""

    output_field = FloatField()
    template = "CAST(%(expressions)s AS DOUBLE)"  # REAL, to SQLite


def wire_column(model: type[Model], column: str) -> Expression | F:
    """An expression for a column in the wire format; also `parent_image_id`, or a path as `parent_series__device`."""
    field = field_of(model, column)
    if isinstance(field, DateTimeField):
        return WireDatetime(F(column))
    if isinstance(field, DecimalField):
        return WireNumber(F(column))
    return F(column)


def field_of(model: type[Model], path: str) -> "Field[Any, Any]":
    """The field of a path such as `parent_series__device`."""
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))


def fetch_rows(
    queryset: QuerySet[Any, Any], row: type[R], *, selected: Mapping[str, Any] = MappingProxyType({}), size: int = CHUNK
) -> Iterator[list[R]]:
    """The rows of a query as dictionaries of a type of `sticky_pi_api.core.records`, at most `size` in memory.

    Args:
        queryset: the rows, in their order.
        row: their type, e.g. `ImageRow[str]`.
        selected: what to select for a column instead of the column of that name: a path or an expression.
        size: of the chunks.
    """
    columns, booleans = records.columns(row), records.columns(row, bool)
    sources = [selected.get(column, column) for column in columns]
    expressions = [wire_column(queryset.model, each) if isinstance(each, str) else each for each in sources]
    for chunk in fetch_chunks(queryset, *expressions, size=size):
        rows = [dict(zip(columns, values, strict=True)) for values in chunk]
        for column in booleans:  # integers, to the drivers
            for each in rows:
                if each[column] is not None:
                    each[column] = bool(each[column])
        yield cast(list[R], rows)


def fetch_chunks(queryset: QuerySet[Any, Any], *columns: Any, size: int = CHUNK) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query as the driver returns them, with at most `size` of them in memory."""
    try:
        sql, params = queryset.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:  # the condition cannot be true
        return
    connection = _connection()
    cursor = connection.streaming_cursor() if connection.vendor == "mysql" else connection.cursor()
    exhausted = False
    try:
        with connection.wrap_database_errors:  # the driver's own would be taken for bugs
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(size):
                yield list(rows)
        exhausted = True
    finally:
        if exhausted or connection.vendor != "mysql":
            cursor.close()
        else:
            connection.close()  # closing the cursor would read the rest of the result


def _connection() -> Any:
    """The one with the timeouts of long answers, unless rows of this transaction are to be seen."""
    in_transaction = connections[DEFAULT_DB_ALIAS].in_atomic_block
    return connections[DEFAULT_DB_ALIAS if in_transaction or "streams" not in connections else "streams"]
