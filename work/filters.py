"""Query parameters of `/api/work/series/`, the series that matchers have processed."""

from django_filters import CharFilter, NumberFilter
from django_filters.rest_framework import FilterSet

from stickypi.http.filters import DevicePatternFilter, UTCDateTimeFilter


class MatchedSeriesFilters(FilterSet):
    """By device, range of datetimes and algorithm."""

    device = DevicePatternFilter()
    start = UTCDateTimeFilter(field_name="start_datetime", lookup_expr="gte", label="Series starting at or after, UTC")
    end = UTCDateTimeFilter(field_name="end_datetime", lookup_expr="lte", label="Series ending at or before, UTC")
    algo_name = CharFilter(label="Algorithm")
    algo_version = CharFilter(label="Version of the algorithm")
    max_tuboids = NumberFilter(field_name="n_tuboids", lookup_expr="lte", label="At most that many: 0 for none found")
