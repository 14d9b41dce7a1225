"""Parquet files, written in pieces."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ..core.records import is_datetime

_TYPES = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
_ROWS = 50_000  # of a group


def schema_of(types: Mapping[str, type]) -> pa.Schema:
    """The Arrow schema of columns; datetimes are told by their names."""
    moment = pa.timestamp("us", tz="UTC")
    return pa.schema([(name, moment if is_datetime(name) else _TYPES[kind]) for name, kind in types.items()])


class ParquetTable:
    """Rows of a Parquet file; it is whole when the block ends."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.n_rows = 0
        self._path, self._schema = path, schema
        self._pending: list[Mapping[str, Any]] = []

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()
        self._writer.close()

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows; columns that a row has not are null."""
        self._pending += rows
        self.n_rows += len(rows)
        if len(self._pending) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            columns = [pa.array([row.get(each.name) for row in self._pending], each.type) for each in self._schema]
            self._writer.write_table(pa.table(columns, schema=self._schema))
            self._pending = []
