"""Numbers and datetimes for people: `{% load formatting %}`."""

import datetime as dt

from django import template
from django.utils.safestring import SafeString

from stickypi.admin.columns import time_tag

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """`{{ 12345|thousands }}`: 12,345."""
    return f"{number:,d}"


@register.filter
def utc(moment: dt.datetime | None, precision: str = "minutes") -> SafeString | str:
    """`{{ image.datetime|utc }}`, `{{ image.datetime|utc:"seconds" }}`: a `time` element in UTC."""
    return time_tag(moment, with_seconds=precision == "seconds")


@register.filter
def percent(share: float | None) -> str:
    """`{{ 0.8285|percent }}`: 82.9 %; a dash where there is none."""
    return "\N{EN DASH}" if share is None else f"{100 * share:.1f} %"
