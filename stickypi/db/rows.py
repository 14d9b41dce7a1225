"""Rows of a query as they go on the wire: formatted by the database, read in chunks, no model instances."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
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

CHUNK = 2000

Rows = list[dict[str, Any]]


class WireDatetime(Func):
    """`YYYY-MM-DD_HH-MM-SS` of a datetime column."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """A datetime is text there, `YYYY-MM-DD HH:MM:SS[.ffffff]`."""
        return self.as_sql(
            compiler, connection, template="replace(replace(substr(%(expressions)s, 1, 19), ' ', '_'), ':', '-')"
        )

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """By the server's own format."""
        return self.as_sql(
            compiler, connection, template="DATE_FORMAT(%(expressions)s, '%%%%Y-%%%%m-%%%%d_%%%%H-%%%%i-%%%%S')"
        )


class WireNumber(Func):
    """A decimal column as a floating point number: JSON has no decimals."""

    output_field = FloatField()
    template = "CAST(%(expressions)s AS DOUBLE)"  # SQLite takes it for REAL


def wire_column(model: type[Model], column: str) -> Expression | F:
    """An expression for a column of the contract (`parent_image_id` and the like included)."""
    field = _field(model, column)
    if isinstance(field, DateTimeField):
        return WireDatetime(F(column))
    if isinstance(field, DecimalField):
        return WireNumber(F(column))
    return F(column)


def _field(model: type[Model], path: str) -> Field:
    """The field of a path such as `parent_series__device`."""
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))


def fetch_chunks(queryset: QuerySet[Any, Any], *columns: Any, size: int = CHUNK) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query as the driver gives them, at most `size` at a time, in memory for that many."""
    try:
        sql, params = queryset.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:  # no row can match
        return
    cursor = _streaming_cursor()
    exhausted = False
    try:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(size):
            yield list(rows)
        exhausted = True
    finally:
        if exhausted or connection.vendor != "mysql":
            cursor.close()
        else:
            connection.close()  # what is left of the answer would have to be read through otherwise


def wire_rows(queryset: QuerySet[Any, Any], columns: Sequence[str]) -> Rows:
    """The rows of a query, with these columns of the contract."""
    expressions = [wire_column(queryset.model, column) for column in columns]
    return [dict(zip(columns, row, strict=True)) for chunk in fetch_chunks(queryset, *expressions) for row in chunk]


def _streaming_cursor() -> Any:
    connection.ensure_connection()
    if connection.vendor != "mysql":
        return connection.cursor()
    from MySQLdb.cursors import SSCursor

    return connection.connection.cursor(SSCursor)
