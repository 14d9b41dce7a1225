"""Query parameters of projects and deployments."""

from django_filters import NumberFilter
from django_filters.rest_framework import FilterSet

from stickypi.http.filters import DevicePatternFilter, PatternFilter, UTCDateTimeFilter


class ProjectFilters(FilterSet):
    """By name."""

    name = PatternFilter(label="LIKE pattern, e.g. vines%")


class DeploymentFilters(FilterSet):
    """By project, device, and range of datetimes."""

    project = NumberFilter(field_name="parent_project__id", label="Id of the project")
    device = DevicePatternFilter()
    start = UTCDateTimeFilter(field_name="end_datetime", lookup_expr="gte", label="In the field at or after, UTC")
    end = UTCDateTimeFilter(field_name="start_datetime", lookup_expr="lt", label="In the field before, UTC")
