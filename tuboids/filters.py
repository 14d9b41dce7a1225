"""Query parameters of tuboid series and tuboids."""

from django_filters import CharFilter, NumberFilter
from django_filters.rest_framework import FilterSet

from stickypi.http.filters import DevicePatternFilter, UTCDateTimeFilter, UTCRangeFilter


class TuboidSeriesFilters(FilterSet):
    """By device, range of datetimes and algorithm."""

    device = DevicePatternFilter()
    start = UTCDateTimeFilter(field_name="start_datetime", lookup_expr="gte", label="Series starting at or after, UTC")
    end = UTCDateTimeFilter(field_name="end_datetime", lookup_expr="lte", label="Series ending at or before, UTC")
    algo_name = CharFilter(label="Algorithm")
    algo_version = CharFilter(label="Version of the algorithm")
    min_tuboids = NumberFilter(field_name="n_tuboids", lookup_expr="gte", label="At least that many tuboids")


class TuboidFilters(FilterSet):
    """By series, range of datetimes and number of shots."""

    device = DevicePatternFilter(field_name="parent_series__device")
    start = UTCDateTimeFilter(field_name="start_datetime", lookup_expr="gte", label="First shot at or after, UTC")
    end = UTCDateTimeFilter(field_name="end_datetime", lookup_expr="lte", label="Last shot at or before, UTC")
    captured_between = UTCRangeFilter(field_name="start_datetime", label="START,END, UTC: first shot in that range")
    tuboid_id = CharFilter(label="Name of the tuboid")
    parent_series_id = NumberFilter(field_name="parent_series__id", label="Id of the series")
    algo_name = CharFilter(field_name="parent_series__algo_name", label="Algorithm of the series")
    algo_version = CharFilter(field_name="parent_series__algo_version", label="Version of the algorithm")
    min_shots = NumberFilter(field_name="n_shots", lookup_expr="gte", label="At least that many shots")
