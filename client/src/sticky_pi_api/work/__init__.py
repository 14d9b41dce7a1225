"""Work for detectors and classifiers: items that are leased, done one by one, and given back where they are not."""

from .items import Item
from .source import Lease, WorkSource
from .stream import Work, seconds_of

__all__ = ["Item", "Lease", "Work", "WorkSource", "seconds_of"]
