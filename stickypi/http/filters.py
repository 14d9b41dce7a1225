"""Filters of the REST resources for values in the contract's forms: datetimes and LIKE patterns."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import CharFilter, DateTimeFilter

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import parse_datetime
from sticky_pi_api.core.like import check_pattern


def _validation_error(error: InvalidInput) -> forms.ValidationError:
    # What the user wrote may hold `%`: it is a parameter of the message, never the message.
    return forms.ValidationError("%(detail)s", params={"detail": error.detail})


class UTCDateTimeField(forms.CharField):
    """A datetime in any form that the operations take."""

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            return parse_datetime(text).replace(tzinfo=UTC) if text else None
        except InvalidInput as error:
            raise _validation_error(error) from error


class PatternField(forms.CharField):
    """A LIKE pattern in lower case."""

    def clean(self, value: Any) -> str:
        try:
            return check_pattern(super().clean(value))
        except InvalidInput as error:
            raise _validation_error(error) from error


class UTCDateTimeFilter(DateTimeFilter):
    field_class = UTCDateTimeField


class PatternFilter(CharFilter):
    """Matches text with a LIKE pattern: `%` is any run of characters, `_` a single one."""

    field_class = PatternField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"lookup_expr": "like", **kwargs})


class DevicePatternFilter(PatternFilter):
    """Matches devices with a LIKE pattern."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label": "LIKE pattern of devices, e.g. 5c% (in a URL: 5c%25)", **kwargs})
