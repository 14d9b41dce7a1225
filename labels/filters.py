"""Query parameters of labels."""

from django_filters import CharFilter, NumberFilter
from django_filters.rest_framework import FilterSet

from stickypi.http.filters import DevicePatternFilter, UTCRangeFilter


class LabelFilters(FilterSet):
    """By tuboid, algorithm and taxonomy."""

    device = DevicePatternFilter(field_name="parent_tuboid__parent_series__device")
    captured_between = UTCRangeFilter(
        field_name="parent_tuboid__start_datetime", label="START,END, UTC: first shot of the tuboid in that range"
    )
    tuboid_id = CharFilter(field_name="parent_tuboid__tuboid_id", label="Name of the tuboid")
    parent_tuboid_id = NumberFilter(field_name="parent_tuboid__id", label="Id of the tuboid")
    algo_name = CharFilter(label="Algorithm, or human:<user name>")
    algo_version = CharFilter(label="Version of the algorithm")
    label = NumberFilter(label="Label number")
    type = CharFilter(label="Type")
    order = CharFilter(label="Order")
    family = CharFilter(label="Family")
    genus = CharFilter(label="Genus")
    species = CharFilter(label="Species")
