"""What devices say of themselves, in words: what is wrong, and why one may be silent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.utils.text import Truncator

from images.models import DeviceStatus

_LOW_BATTERY = 20  # %
_LOW_DISK = 200_000_000  # bytes: a hundred images
_RECENT = timedelta(hours=3)
_MOST_ERRORS, _LONGEST_ERROR = 3, 120  # that are shown: the table of statuses has the whole of all


class Report(TypedDict):
    """A status as pages show it."""

    status: DeviceStatus
    ago: str
    troubles: list[str]
    why: str


def report(status: DeviceStatus | None, *, now: datetime, is_silent: bool) -> Report | None:
    """The last status of a device; `why`: what it says of a silence, if there is one."""
    if status is None:
        return None
    age = now - status.datetime_created
    found = troubles(status)
    why = _why(age, found) if is_silent else ""
    return {"status": status, "ago": f"{in_words(age)} ago", "troubles": found, "why": why}


def _why(age: timedelta, found: Sequence[str]) -> str:
    heard = f"heard of {in_words(age)} ago"
    if age < _RECENT:
        return f"{heard}, but sends no images: " + ("; ".join(found) or "it says that all is well")
    return f"last {heard}: " + ("; ".join(found) or "all was well then")


def troubles(status: DeviceStatus) -> list[str]:
    """What is wrong with a device, as it says."""
    found = []
    if status.battery is not None and status.battery <= _LOW_BATTERY:
        found.append(f"battery at {status.battery} %")
    if status.disk_free is not None and status.disk_free < _LOW_DISK:
        found.append(f"disk full, {megabytes(status.disk_free)} left")
    if status.is_clock_off:
        found.append(clock_in_words(status))
    found += [f"error: {Truncator(text).chars(_LONGEST_ERROR)}" for text in status.errors[:_MOST_ERRORS]]
    if more := len(status.errors[_MOST_ERRORS:]):
        found.append(f"{more} more errors")
    return found


def clock_in_words(status: DeviceStatus) -> str:
    """`clock 3 h behind`."""
    offset = status.clock_offset or timedelta()
    return f"clock {in_words(abs(offset))} {'ahead' if offset > timedelta() else 'behind'}"


def in_words(span: timedelta) -> str:
    """`40 min`, `30 h`, `4 days`."""
    minutes = max(0, span // timedelta(minutes=1))
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def megabytes(size: int) -> str:
    """`12 MB`."""
    return f"{size / 1e6:,.0f} MB"


def history_rows(statuses: Sequence[DeviceStatus]) -> list[dict[str, Any]]:
    """Statuses as rows of a table."""
    return [
        {
            "status": status,
            "disk": "" if status.disk_free is None else megabytes(status.disk_free),
            "clock": clock_in_words(status) if status.is_clock_off else "right" if status.clock else "",
        }
        for status in statuses
    ]
