"""Numbers and moments as people read them: `{% load humane %}`."""

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
def utc(moment: dt.datetime | None) -> SafeString | str:
    """`{{ image.datetime|utc }}`: the moment in UTC, in a `time` element."""
    return time_tag(moment)
