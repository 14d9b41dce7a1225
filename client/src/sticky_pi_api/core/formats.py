"""How devices, datetimes and file names are written (contract, sections 1 and 2)."""

import re
import reprlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from .errors import InvalidInput

EARLIEST_IMAGE = datetime(2019, 11, 1)

_DEVICE = re.compile(r"[0-9a-f]{8}", re.ASCII)
_IMAGE_NAME = re.compile(r"([0-9a-f]{8})\.(\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2})\.jpg", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:(?:_(\d{2})-(\d{2})-(\d{2}))"
    r"|(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?))?",
    re.ASCII,
)


_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxarray = 50
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 300


def parse_datetime(value: Any) -> datetime:
    """A naive UTC datetime from `YYYY-MM-DD_HH-MM-SS`, ISO 8601, a date alone, or a date(time) object.

    Raises InvalidInput for anything else.
    """
    if isinstance(value, date) and value == value:  # pandas' NaT is one that equals nothing
        return _naive_utc(value) if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    match = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _not_a_datetime(value)
    try:
        return _from_match(match)
    except (ValueError, OverflowError) as error:
        raise _not_a_datetime(value) from error


def _from_match(match: re.Match[str]) -> datetime:
    year, month, day, *underscored, hour, minute, second, fraction, offset = match.groups()
    if underscored[0]:
        hour, minute, second = underscored
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    zone = _zone(offset) if offset else UTC
    moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), microsecond)
    return _naive_utc(moment.replace(tzinfo=zone))


def _zone(offset: str) -> timezone:
    if offset in "Zz":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[3:].lstrip(":") or 0)
    if minutes > 59:
        raise ValueError(offset)
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if offset[0] == "-" else delta)


def _naive_utc(value: datetime) -> datetime:
    # A plain datetime also where a subclass came in (pandas.Timestamp has nanoseconds and other arithmetic).
    moment = value if value.tzinfo is None else value.astimezone(UTC)
    parts = moment.timetuple()[:6]
    return datetime(*parts, moment.microsecond)


def _not_a_datetime(value: Any) -> InvalidInput:
    return InvalidInput(f"{shown(value)} is not a datetime: write YYYY-MM-DD_HH-MM-SS or ISO 8601, in UTC")


def format_datetime(value: datetime) -> str:
    """`YYYY-MM-DD_HH-MM-SS` of a naive UTC datetime."""
    # Not strftime: it does not pad years below 1000.
    return value.isoformat(sep="_", timespec="seconds").replace(":", "-")


def iso_form(text: str) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ` of the same datetime as `format_datetime` writes it."""
    return f"{text[:10]}T{text[11:].replace('-', ':')}Z"


def read_wire_datetime(text: str) -> datetime:
    """The datetime of a string that a server wrote, in either form; 10 times faster than `parse_datetime`."""
    return datetime.fromisoformat(f"{text[:10]} {text[11:19].replace('-', ':')}")


def parse_device(value: Any) -> str:
    """A device id in its canonical lower case. Raises InvalidInput if it is not 8 hexadecimal characters."""
    device = value.lower() if isinstance(value, str) else ""
    if not _DEVICE.fullmatch(device):
        raise InvalidInput(f"{shown(value)} is not a device: it takes 8 hexadecimal characters, e.g. '5c173ff2'")
    return device


def image_name(device: str, moment: datetime) -> str:
    """The file name of an image."""
    return f"{device}.{format_datetime(moment)}.jpg"


def parse_image_name(name: str) -> tuple[str, datetime]:
    """(device, datetime) of an image's file name. Raises InvalidInput, saying what a name looks like."""
    match = _IMAGE_NAME.fullmatch(name)
    if match is None:
        raise InvalidInput(
            f"{shown(name)} is not an image's file name: it takes <device>.<YYYY-MM-DD_HH-MM-SS>.jpg, "
            "the device in 8 lower-case hexadecimal characters, e.g. '5c173ff2.2020-06-20_21-33-24.jpg'"
        )
    device, moment = match[1], parse_datetime(match[2])
    if moment < EARLIEST_IMAGE:
        raise InvalidInput(
            f"{shown(name)} is dated before {EARLIEST_IMAGE:%Y-%m-%d}: the clock of the trap was not set"
        )
    return device, moment


def shown(value: Any, limit: int = 100) -> str:
    """`value` as an error message may show it: quoted, and cut when it is long, of any size and depth."""
    try:
        text = _SHORT.repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        text = f"a long {type(value).__name__}"
    return text if len(text) <= limit else f"{text[:limit]}…"


def some_of(names: Sequence[str], most: int = 20) -> str:
    """The names, or the first of them and how many there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
