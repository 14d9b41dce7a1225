"""A trap as a row of the fleet's table: in words, and its images per day as small bars."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from desk.common.reports import in_words, report
from desk.fleet.queries import Trap

WIDTH, HEIGHT = 6, 24
_LOW = 0.9


class Bar(TypedDict):
    """A day, in units of the drawing; `level` is `full`, `low` or `none`, `text` says it in words."""

    x: int
    y: float
    height: float
    level: str
    text: str


def bars(days: Sequence[datetime], sent: Sequence[int], expected: Sequence[float]) -> list[Bar]:
    """A bar for each day, as high as what was sent of what was expected."""
    return [_bar(*day) for day in zip(range(len(days)), days, sent, expected, strict=True)]


def _bar(index: int, day: datetime, sent: int, expected: float) -> Bar:
    share = min(1.0, sent / max(expected, 1.0))
    height = round(share * HEIGHT, 1)
    level = "full" if share >= _LOW else "low" if sent else "none"
    text = f"{day:%a %d %b}: {sent} of {expected:.0f} images" if expected else f"{day:%a %d %b}: not there"
    if not sent:
        height = 2.0 if expected >= 1 else 0.0
    return {"x": index * (WIDTH + 1), "y": HEIGHT - height, "height": height, "level": level, "text": text}


def table_row(trap: Trap) -> dict[str, Any]:
    """What the template shows of a trap."""
    return {
        "trap": trap,
        "image": trap.last,
        "name": str(trap.last),
        "status": trap.status,
        "bars": bars(trap.period.days, trap.record.per_day, trap.expected),
        "percent": round(trap.share * 100),
        "seen": _last_seen(trap),
        "longest": in_words(trap.record.longest_gap),
        "charge": round(17 * (trap.last.bat or 0) / 100, 1),
        "place": trap.last.coordinates,
        "report": report(trap.said, now=trap.last.datetime + trap.silence, is_silent=trap.status in ("silent", "late")),
    }


def _last_seen(trap: Trap) -> str:
    if trap.status == "ahead":
        return f"clock ahead by {in_words(-trap.silence)}"
    duration = in_words(trap.silence)
    if trap.status == "over":
        return f"last image {duration} ago"
    return f"{duration} ago" if trap.status == "alive" else f"silent for {duration}"
