"""Rows as Arrow has them: the schema of each table. Takes pyarrow, which the server and the client's tables have."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pyarrow as pa

from .records import types_of

MOMENT = pa.timestamp("s", tz="UTC")
_TYPES = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string(), datetime: MOMENT}


def schema_of(row: Any, columns: Collection[str] | None = None) -> pa.Schema:
    """That of a type of row of `core.records`; with `columns`, of these only, in the order of the row."""
    kinds = types_of(row).items()
    return pa.schema([(name, _TYPES[kind]) for name, kind in kinds if columns is None or name in columns])
