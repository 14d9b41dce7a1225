"""Query parameters of the REST resources in the contract's forms: datetimes and LIKE patterns."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import CharFilter, DateTimeFilter

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import parse_datetime
from sticky_pi_api.core.like import check_pattern


class MomentField(forms.CharField):
    """A datetime in any form that the operations take, as one in UTC."""

    def clean(self, value: Any) -> datetime | None:
        """None where there is none."""
        text = super().clean(value)
        try:
            return parse_datetime(text).replace(tzinfo=UTC) if text else None
        except InvalidInput as error:
            raise forms.ValidationError(error.detail) from error


class PatternField(forms.CharField):
    """A LIKE pattern that databases agree on."""

    def clean(self, value: Any) -> str:
        """In lower case."""
        try:
            return check_pattern(super().clean(value))
        except InvalidInput as error:
            raise forms.ValidationError(error.detail) from error


class MomentFilter(DateTimeFilter):
    """Compares a datetime."""

    field_class = MomentField


class PatternFilter(CharFilter):
    """Compares text with a pattern: `%` any run, `_` one character."""

    field_class = PatternField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"lookup_expr": "like", **kwargs})
