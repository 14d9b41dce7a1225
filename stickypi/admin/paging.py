"""Pages of tables that are too large to be counted or sorted."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from unfold.views import ChangeList

COUNTED = 10_000


class CappedCount(int):
    """A number of rows that reads `10,000+` once it has reached the limit."""

    def __str__(self) -> str:
        return f"{self:,d}+" if self >= COUNTED else f"{self:,d}"


class CappedPaginator(Paginator):
    """Counts and shows the first rows only: who looks for others narrows the list down."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> CappedCount:
        """Number of rows, up to `COUNTED`."""
        return CappedCount(self.object_list.order_by().values("pk")[:COUNTED].count())

    def page(self, number: int | str) -> Page:
        """The keys of a page first, from the indexes alone, then its rows: MariaDB would sort all rows otherwise."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = self.object_list.values_list("pk", flat=True)[start : start + self.per_page]
        return Page(self.object_list.filter(pk__in=list(keys)), number, self)


class IndexedChangeList(ChangeList):
    """Rows in the order that an index has them in."""

    def _get_deterministic_ordering(self, ordering: Sequence[Any]) -> list[Any]:
        """As the admin names it: with the primary key, which Django would add, all rows would have to be sorted."""
        return list(ordering)
