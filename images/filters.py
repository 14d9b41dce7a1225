"""Query parameters of images and devices."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from images import queries
from sticky_pi_api.core.like import matcher
from stickypi.http.filters import DevicePatternFilter, UTCDateTimeFilter


class IndexedDeviceFilter(DevicePatternFilter):
    """Finds the devices that match first, so that an index finds their rows."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        matching = [device for device in queries.devices() if matcher(value)(device)]
        return qs.filter(**{f"{self.field_name}__in": matching})


class ImageFilters(FilterSet):
    """By device and half-open range of datetimes."""

    device = IndexedDeviceFilter()
    start = UTCDateTimeFilter(field_name="datetime", lookup_expr="gte", label="Taken at or after, UTC")
    end = UTCDateTimeFilter(field_name="datetime", lookup_expr="lt", label="Taken before, UTC")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without a pattern, takes the range of datetimes for every device: the index is on both columns."""
        asked = self.form.cleaned_data
        if asked["start"] or asked["end"]:
            asked["device"] = asked["device"] or "%"
        return super().filter_queryset(queryset)


class DeviceFilters(FilterSet):
    """By name and by the datetime of the last image."""

    device = DevicePatternFilter()
    seen_after = UTCDateTimeFilter(field_name="datetime", lookup_expr="gte", label="Last image at or after, UTC")
    seen_before = UTCDateTimeFilter(
        field_name="datetime", lookup_expr="lt", label="Last image before, UTC: silent since"
    )
