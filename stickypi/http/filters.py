"""Filters of the REST resources for values in the contract's forms: datetimes and LIKE patterns."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import CharFilter, DateTimeFilter, Filter

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


class UTCRangeField(forms.CharField):
    """`START,END` in any form that the operations take."""

    def clean(self, value: Any) -> tuple[datetime, datetime] | None:
        text = super().clean(value)
        if not text:
            return None
        moments = text.split(",")
        if len(moments) != 2:
            raise forms.ValidationError("it takes START,END, e.g. 2022-06-20,2022-06-27")
        start, end = (UTCDateTimeField().clean(moment.strip()) for moment in moments)
        if not start or not end or start >= end:
            raise forms.ValidationError("START must be before END")
        return start, end


class UTCRangeFilter(Filter):
    """Rows whose datetime is in START <= datetime < END."""

    field_class = UTCRangeField

    def filter(self, qs: QuerySet[Any], value: tuple[datetime, datetime] | None) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(**{f"{self.field_name}__gte": value[0], f"{self.field_name}__lt": value[1]})


class PatternFilter(CharFilter):
    """Matches text with a LIKE pattern: `%` is any run of characters, `_` a single one."""

    field_class = PatternField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"lookup_expr": "like", **kwargs})


class DevicePatternFilter(PatternFilter):
    """Matches devices with a LIKE pattern."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label": "LIKE pattern of devices, e.g. 5c% (in a URL: 5c%25)", **kwargs})
