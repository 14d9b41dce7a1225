"""Pagination of tables that are too large to count or sort."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from unfold.views import ChangeList

MAX_COUNT = 10_000


class CappedCount(int):
    """A number of rows, shown as `10,000+` once it reaches the limit."""

    def __str__(self) -> str:
        return f"{self:,d}+" if self >= MAX_COUNT else f"{self:,d}"


class CappedPaginator(Paginator):
    """Counts and shows the first `MAX_COUNT` rows only: filters lead to the others."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> CappedCount:
        return CappedCount(self.object_list.order_by().values("pk")[:MAX_COUNT].count())

    def page(self, number: int | str) -> Page:
        """Fetches the keys of the page from an index, then its rows: MariaDB would sort whole rows otherwise."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = self.object_list.values_list("pk", flat=True)[start : start + self.per_page]
        return Page(self.object_list.filter(pk__in=list(keys)), number, self)


class IndexedChangeList(ChangeList):
    """Rows in the order of an index."""

    def _get_deterministic_ordering(self, ordering: Sequence[Any]) -> list[Any]:
        """The admin's ordering as it is: with the primary key that Django adds, all rows would have to be sorted."""
        return list(ordering)
