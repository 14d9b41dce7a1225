"""What a series asks for, device by device."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

from .chunks import chunker
from .errors import TooLarge
from .info import Series
from .like import matcher
from .limits import RANGES

Range = tuple[datetime, datetime]
T = TypeVar("T")


def device_ranges(series: Iterable[Series], devices: Iterable[str]) -> dict[str, list[Range]]:
    """The union of the elements: for each device that matches, in order, its half-open ranges, disjoint and sorted.

    Raises:
        TooLarge: they are so many that finding the rows would take long, however few there are.
    """
    ranges = {device: union for device, union in match_devices(series, devices, merged).items() if union}
    if (number := sum(map(len, ranges.values()))) > RANGES:
        raise TooLarge(
            f"this asks for {number:,} separate ranges of datetimes of {len(ranges):,} devices: one call takes at most "
            f"{RANGES:,}, ask for longer ranges or in several calls"
        )
    return ranges


def match_devices(series: Iterable[Series], devices: Iterable[str], unite: Callable[[list[Range]], T]) -> dict[str, T]:
    """What `unite` makes of the ranges of all elements that match a device: once for devices that match the same."""
    asked: dict[str, list[Range]] = {}
    for element in series:
        asked.setdefault(element.device, []).append((element.start_datetime, element.end_datetime))
    wild = [(pattern, matcher(pattern)) for pattern in asked if "%" in pattern or "_" in pattern]
    united: dict[tuple[str, ...], T] = {}
    found = {}
    for device in sorted(devices):
        patterns = (*(pattern for pattern, matches in wild if matches(device)), *((device,) if device in asked else ()))
        if patterns and patterns not in united:
            united[patterns] = unite([each for pattern in patterns for each in asked[pattern]])
        if patterns:
            found[device] = united[patterns]
    return found


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The union of half-open ranges as disjoint ranges in order; empty ones are left out."""
    union: list[Range] = []
    for start, end in sorted(ranges):
        if end <= start:
            continue
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((start, end))
    return union


def range_chunks(ranges: Mapping[str, list[Range]], *, devices: int, each: int) -> Iterator[dict[str, list[Range]]]:
    """The ranges in pieces that are queries of bearable length, in order of device and datetime.

    Args:
        ranges: of each device, disjoint and sorted.
        devices: how many devices with the same single range make a piece.
        each: how many ranges make a piece otherwise.
    """
    if len({tuple(union) for union in ranges.values()}) == 1 and all(len(union) == 1 for union in ranges.values()):
        yield from map(dict, chunker(ranges.items(), devices))
        return
    for chunk in chunker(((device, span) for device, union in ranges.items() for span in union), each):
        piece: dict[str, list[Range]] = {}
        for device, span in chunk:
            piece.setdefault(device, []).append(span)
        yield piece


class Containers:
    """Ranges, both ends included, of which one may hold another range as a whole."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        ordered = sorted(ranges)
        self._starts = [start for start, _ in ordered]
        # Of all that start no later than one, the latest end says whether any of them holds a range.
        self._ends = list(accumulate((end for _, end in ordered), max))

    @property
    def span(self) -> Range:
        """From the first start to the last end."""
        return self._starts[0], self._ends[-1]

    def hold(self, start: datetime, end: datetime) -> bool:
        """Whether one of them holds this range."""
        index = bisect_right(self._starts, start)
        return index > 0 and end <= self._ends[index - 1]
