"""Query parameters of users."""

from django_filters import BooleanFilter
from django_filters.rest_framework import FilterSet

from stickypi.http.filters import PatternFilter


class UserFilters(FilterSet):
    """By name and role."""

    username = PatternFilter(label="LIKE pattern, e.g. trap%")
    is_admin = BooleanFilter(label="Administrators")
    can_write = BooleanFilter(label="Who may upload")
