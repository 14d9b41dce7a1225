"""Filters of lists whose choices and rows both come from an index."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from stickypi.admin.columns import version_label
from stickypi.db.index_scans import distinct_pairs

LATEST = 50_000  # rows


class DayRangeFilter(RangeDateFilter):
    """From the start of a day to the end of another, UTC."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day, UTC"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self._day(request, end) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last and last < dt.date.max:
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(last + dt.timedelta(days=1))})
        return queryset

    def _day(self, request: HttpRequest, end: str) -> dt.date | None:
        value = self.used_parameters.get(f"{self.field_path}_{end}")
        if not value:
            return None
        try:
            day = parse_date(str(value))
        except ValueError:
            day = None
        if day is None:
            messages.error(request, f"{value!r} is not a day: write it as 2026-11-24.")
        return day


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


class DeviceFilter(DropdownFilter):
    """One device, by the `devices` and `filter_by_devices` of the table's admin."""

    title = "device"
    parameter_name = "device"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self._admin = model_admin
        return [(device, device) for device in model_admin.devices()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self._admin.filter_by_devices(queryset, [self.value()]) if self.value() else queryset


class AlgorithmFilter(DropdownFilter):
    """One version of an algorithm. The table must have an index on (algo_name, algo_version)."""

    title = "algorithm and version"
    parameter_name = "algorithm"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self._admin = model_admin
        pairs = distinct_pairs(model_admin.model, "algo_name", "algo_version")
        return [(f"{version} {name}", f"{name} {version_label(version)}") for name, version in reversed(pairs)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        if self._admin.is_filtered_by_device(request) or self._admin.is_filtered_by_day(request):
            # The expression keeps the database from using the index on algorithms: most rows may be of one.
            version_and_name = Concat("algo_version", Value(" "), "algo_name")
            return queryset.alias(algorithm=version_and_name).filter(algorithm=self.value())
        version, _, name = self.value().partition(" ")
        return queryset.filter(algo_name=name, algo_version=version)


class LatestFilter(DropdownFilter):
    """A condition without an index, applied to the latest of the rows that the other filters leave.

    Subclasses name the datetime column and the conditions; they must be last in `list_filter`.
    """

    column = "datetime"
    conditions: dict[str, tuple[str, dict[str, Any]]]  # value -> title, condition

    def __init__(self, request: HttpRequest, params: Any, model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        if self.value():
            messages.info(
                request,
                f"Filtered by {self.title}, among the {LATEST:,d} latest: choose a device or days to see older ones.",
            )

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, title) for value, (title, _) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self.conditions:
            return queryset
        latest = queryset.order_by(f"-{self.column}").values_list(self.column, flat=True)
        if oldest := latest[LATEST - 1 : LATEST].first():
            queryset = queryset.filter(**{f"{self.column}__gte": oldest})
        return queryset.filter(**self.conditions[str(self.value())][1])
