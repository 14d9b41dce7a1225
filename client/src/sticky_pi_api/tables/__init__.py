"""Rows as tables: asked for when they are used, counted, iterated, as pandas, Arrow or Parquet. See docs/tables.md."""

from .query import Query
from .table import Table

__all__ = ["Query", "Table"]
