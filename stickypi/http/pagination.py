"""Cursor pagination by several columns.

Ours because DRF's cursors compare the first column of an order only, and skip the ties of the others by an offset.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple

from django.core import signing
from django.db.models import Model, QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from sticky_pi_api.core.errors import InvalidInput
from stickypi.db.keyset import beyond

_SIGNER = signing.Signer(salt="stickypi.cursor")


class Cursor(NamedTuple):
    """Where a page starts: after the row with these values, or before it."""

    backwards: bool
    position: list[str]


class KeysetPagination(CursorPagination):
    """Pages that start after a row rather than after a number of rows.

    Every page costs the same, and no row comes twice or is skipped while others are written. The view's `ordering` must
    be unique, and that of an index.
    """

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    page_size_query_description = "Rows per page: 100, at most 1000."
    cursor_query_description = "Where the page starts, as `next` and `previous` of another page say it."

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.address, self.ordering = request.build_absolute_uri(), view.ordering
        size, cursor = self.get_page_size(request) or self.page_size, self._read_cursor(request)
        # Keys first: where a database has to sort, it sorts keys from an index instead of whole rows.
        keys = list(_rows_from(cursor, queryset, self.ordering).values_list("pk", flat=True)[: size + 1])
        self.page = list(queryset.filter(pk__in=keys[:size]).order_by(*self.ordering))
        others = len(keys) > size
        came_from = bool(cursor.position)
        self.has_previous, self.has_next = (others, came_from) if cursor.backwards else (came_from, others)
        self.display_page_controls = self.has_previous or self.has_next
        return self.page

    def get_next_link(self) -> str | None:
        return self._link(Cursor(False, self._position(self.page[-1]))) if self.has_next and self.page else None

    def get_previous_link(self) -> str | None:
        return self._link(Cursor(True, self._position(self.page[0]))) if self.has_previous and self.page else None

    def _link(self, cursor: Cursor) -> str:
        signed = _SIGNER.sign_object([self.ordering, *cursor])
        return replace_query_param(self.address, self.cursor_query_param, signed)

    def _read_cursor(self, request: Request) -> Cursor:
        """The cursor of the request. It is signed, so that its values are those of a row."""
        signed = request.query_params.get(self.cursor_query_param)
        if not signed:
            return Cursor(False, [])
        try:
            ordering, *cursor = _SIGNER.unsign_object(signed)
        except signing.BadSignature:
            ordering, cursor = None, []
        if ordering != list(self.ordering):
            raise InvalidInput("the cursor is not of this resource: take `next` or `previous` of one of its pages")
        return Cursor(*cursor)

    def _position(self, row: Model) -> list[str]:
        return [_text(reduce(getattr, path.split("__"), row)) for path in self.ordering]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _rows_from(cursor: Cursor, queryset: QuerySet[Any], ordering: Sequence[str]) -> QuerySet[Any]:
    """The rows on the cursor's side of its position, nearest first."""
    if cursor.position:
        queryset = queryset.filter(beyond(ordering, cursor.position, backwards=cursor.backwards))
    return queryset.order_by(*(f"-{path}" if cursor.backwards else path for path in ordering))
