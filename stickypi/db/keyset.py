"""Keyset pagination: pages start after a given row rather than after a number of rows, so that each costs the same."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q


def beyond(columns: Sequence[str], values: Sequence[Any], *, backwards: bool = False) -> Q:
    """The condition that a row comes after the row with these values, or before it.

    (a, b) > (x, y) is written `a >= x AND (a > x OR (a = x AND b > y))`: MariaDB does not use an index for a comparison
    of tuples, while the first part of this is a range of the index.

    Args:
        columns: the order of the rows, all ascending; together they are unique.
        values: one for each column.
        backwards: before the row instead of after it.
    """
    (column, *columns), (value, *values) = columns, values
    lookup = "lt" if backwards else "gt"
    further = Q(**{f"{column}__{lookup}": value})
    if not columns:
        return further
    tied = Q(**{column: value}) & beyond(columns, values, backwards=backwards)
    return Q(**{f"{column}__{lookup}e": value}) & (further | tied)
