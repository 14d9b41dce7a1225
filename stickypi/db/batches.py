"""Rows of a query as Arrow record batches: columns as numbers and texts, no dictionary a row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from django.db.models import CharField, DateTimeField, F, Func, QuerySet

from sticky_pi_api.core.arrow import MOMENT
from stickypi.db.rows import fetch_chunks, field_of, wire_column

ROWS = 10_000

Batches = Iterator[pa.RecordBatch]


class Moment(Func):
    """A datetime column as whole seconds since 1970, or as text where the database has text: Arrow reads it faster."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 19)")

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="TIMESTAMPDIFF(SECOND, '1970-01-01', %(expressions)s)")


def batches(
    rows: QuerySet[Any, Any],
    schema: pa.Schema,
    *,
    paths: Mapping[str, str] = MappingProxyType({}),
    size: int = ROWS,
) -> Batches:
    """The rows of a query, in their order, at most `size` in memory.

    Args:
        rows: their model has the columns of the schema, or they are found by `paths`.
        paths: column -> path, as `parent_image__device`.
    """
    for chunk in value_chunks(rows, [paths.get(name, name) for name in schema.names], size=size):
        yield batch_of(schema, list(zip(*chunk, strict=True)))


def value_chunks(
    rows: QuerySet[Any, Any], paths: Iterable[str], *, size: int = ROWS
) -> Iterator[list[tuple[Any, ...]]]:
    """The values of these columns as `batch_of` takes them, in chunks."""
    return fetch_chunks(rows, *[_column(rows.model, path) for path in paths], size=size)


def batch_of(schema: pa.Schema, columns: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """Columns of values, as the database gives them."""
    arrays = [_array(field.type, values) for field, values in zip(schema, columns, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _column(model: Any, path: str) -> Any:
    return Moment(F(path)) if isinstance(field_of(model, path), DateTimeField) else wire_column(model, path)


def _array(kind: pa.DataType, values: Sequence[Any]) -> pa.Array:
    if kind == MOMENT:
        moments = pa.array(values)
        return (moments.cast(pa.timestamp("s")) if pa.types.is_string(moments.type) else moments).cast(MOMENT)
    if pa.types.is_boolean(kind):  # integers, to some drivers
        return pa.array([None if value is None else bool(value) for value in values], kind)
    return pa.array(values, kind)
