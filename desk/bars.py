"""Images per day as a row of small bars."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

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
    text = f"{day:%a %d %b}: {sent} of {expected:.0f} images" if expected else f"{day:%a %d %b}: not there yet"
    if not sent:
        height = 2.0 if expected >= 1 else 0.0
    return {"x": index * (WIDTH + 1), "y": HEIGHT - height, "height": height, "level": level, "text": text}
