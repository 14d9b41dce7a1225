"""What a series asks for, device by device."""

from collections.abc import Iterable
from datetime import datetime

from .info import Series
from .like import matcher

Range = tuple[datetime, datetime]


def device_ranges(series: Iterable[Series], devices: Iterable[str]) -> dict[str, list[Range]]:
    """The union of the elements: for each device that matches, in order, its half-open ranges, disjoint and sorted."""
    asked = [(matcher(element.device), element) for element in series]
    ranges = {
        device: [(element.start_datetime, element.end_datetime) for matches, element in asked if matches(device)]
        for device in sorted(devices)
    }
    return {device: union for device, of_device in ranges.items() if (union := merged(of_device))}


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
