"""Columns of lists: datetimes in UTC, pictures, versions of algorithms."""

import datetime as dt
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.contrib.admin import display
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stickypi.storage import files

EMPTY = "-"


def time_tag(moment: dt.datetime | None, *, with_seconds: bool = False) -> SafeString | str:
    """A `time` element in UTC, to which `time.js` adds the local time on hover."""
    if moment is None:
        return EMPTY
    utc = moment.astimezone(dt.UTC)
    text = f"{utc:%Y-%m-%d %H:%M:%S}" if with_seconds else f"{utc:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}">{} UTC</time>', f"{utc:%Y-%m-%dT%H:%M:%SZ}", text)


def datetime_column(path: str, title: str) -> Callable[..., Any]:
    """A column for the datetime at a path such as `parent_image__datetime`."""
    get = attrgetter(path.replace("__", "."))

    @display(description=title, ordering=path)
    def column(admin: Any, row: Any) -> SafeString | str:
        return time_tag(get(row))

    return column


def picture(key: str, alt: str, *, width: int, height: int) -> SafeString:
    """A picture from the file storage within a box of `width` x `height` pixels, loaded when it comes into view."""
    return format_html(
        '<img class="picture" src="{}" alt="{}" width="{}" height="{}" loading="lazy" decoding="async">',
        files().link_maker("")(key),
        alt,
        width,
        height,
    )


def version_datetime(algo_version: str) -> dt.datetime | None:
    """When a version `<unix timestamp>-<md5>` was made; None where it is written in another way."""
    timestamp = algo_version.partition("-")[0]
    is_timestamp = timestamp.isdecimal() and len(timestamp) < 12
    return dt.datetime.fromtimestamp(int(timestamp), dt.UTC) if is_timestamp else None


def version_label(algo_version: str) -> str:
    """A version as its date and the first characters of its md5."""
    made = version_datetime(algo_version)
    md5 = algo_version.partition("-")[2]
    return f"{made:%Y-%m-%d} {md5[:6]}".strip() if made else algo_version


@display(description="algorithm")
def algorithm(admin: Any, row: Any) -> SafeString:
    """A column for `algo_name` and `algo_version`, with the full version in the title."""
    return format_html(
        '{}<br><small title="{}">{}</small>', row.algo_name, row.algo_version, version_label(row.algo_version)
    )


@display(description="by")
def written_by(admin: Any, row: Any) -> str | None:
    return row.api_user
