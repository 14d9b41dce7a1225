"""Query parameters of images and devices."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from images import queries
from sticky_pi_api.core.like import matcher
from stickypi.http.filters import MomentFilter, PatternFilter

DEVICE_LABEL = "LIKE pattern of devices, e.g. 5c% (in an address: 5c%25)"


class DeviceFilter(PatternFilter):
    """Compares the devices that there are with a pattern, so that the rows are found by the index."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows of those that match."""
        if not value:
            return qs
        return qs.filter(**{f"{self.field_name}__in": [name for name in queries.devices() if matcher(value)(name)]})


class ImageFilters(FilterSet):
    """By series: devices and a half-open range of datetimes."""

    device = DeviceFilter(label=DEVICE_LABEL)
    start = MomentFilter(field_name="datetime", lookup_expr="gte", label="Taken at or after, UTC")
    end = MomentFilter(field_name="datetime", lookup_expr="lt", label="Taken before, UTC")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A range of datetimes is one of each device: the index is on both."""
        asked = self.form.cleaned_data
        if asked["start"] or asked["end"]:
            asked["device"] = asked["device"] or "%"
        return super().filter_queryset(queryset)


class DeviceFilters(FilterSet):
    """By name and last image."""

    device = PatternFilter(label=DEVICE_LABEL)
    seen_after = MomentFilter(field_name="datetime", lookup_expr="gte", label="Last image at or after, UTC")
    seen_before = MomentFilter(field_name="datetime", lookup_expr="lt", label="Last image before, UTC: silent since")
