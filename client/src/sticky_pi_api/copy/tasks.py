"""One copy: from where to where, of what, and how far."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from .places import Asked, Place
from .result import Report

_SLICE = timedelta(days=30)  # 2,160 images of a device


@dataclass(frozen=True)
class Task:
    """What all steps of a copy share."""

    source: Place
    target: Place
    asked: Asked
    what: Collection[str]
    spool: Path
    report: Report
    n_threads: int

    def slices(self) -> Iterator[Asked]:
        """The images that are asked for, a device and a month at a time."""
        for device, first, last in self.source.devices(self.asked.device):
            start, end = max(first, self.asked.start), min(last + timedelta(seconds=1), self.asked.end)
            while start < end:
                yield Asked(device, start, min(start + _SLICE, end))
                start += _SLICE
