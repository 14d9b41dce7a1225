"""The traps: the last image of each, and what it sent in the last days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np

from images import devices
from images.models import Image
from stickypi.db.functions import Listed, Seconds

DAYS = 14
INTERVAL = timedelta(minutes=20)
PER_DAY = timedelta(days=1) // INTERVAL
LATE, SILENT = 3 * INTERVAL, timedelta(hours=3)


@dataclass(frozen=True)
class Period:
    """The UTC days that the record is of: `DAYS` of them, the last one up to `end`."""

    start: datetime
    end: datetime

    @classmethod
    def ending(cls, end: datetime) -> "Period":
        """The days up to a moment."""
        midnight = datetime.combine(end.astimezone(UTC).date(), time(), UTC)
        return cls(midnight - timedelta(days=DAYS - 1), end)

    @property
    def days(self) -> list[datetime]:
        """Their midnights."""
        return [self.start + timedelta(days=day) for day in range(DAYS)]


@dataclass(frozen=True)
class Record:
    """What a device sent in a period: images per day, intervals of more than `LATE`, and the longest of these.

    The time since its last image is such an interval too.
    """

    per_day: list[int]
    n_gaps: int = 0
    longest_gap: timedelta = timedelta()


@dataclass(frozen=True)
class Trap:
    """A device, its last image and its record."""

    last: Image
    first: datetime
    record: Record
    period: Period
    silence: timedelta

    @property
    def status(self) -> str:
        """`alive`, `late`, `silent`, or `ahead` where its clock is."""
        if self.silence < -INTERVAL:
            return "ahead"
        return "silent" if self.silence >= SILENT else "late" if self.silence > LATE else "alive"

    @property
    def is_gone(self) -> bool:
        """Whether it has sent nothing in the period: nobody expects anything of it."""
        return self.last.datetime < self.period.start

    @property
    def expected(self) -> list[float]:
        """Images per day that it should have sent, since it has been there."""
        if self.is_gone:
            return [0.0] * DAYS
        start = max(self.first, self.period.start)
        return [_overlap(day, start, self.period.end) / INTERVAL for day in self.period.days]

    @property
    def share(self) -> float:
        """Images sent over images expected, 0 to 1."""
        return min(1.0, sum(self.record.per_day) / max(1.0, sum(self.expected)))


def _overlap(day: datetime, start: datetime, end: datetime) -> timedelta:
    return max(timedelta(), min(day + timedelta(days=1), end) - max(day, start))


def list_traps(*, now: datetime) -> list[Trap]:
    """All devices, by their last image. Three queries."""
    last_images = list(devices.last_images().order_by("device"))
    period = period_shown(last_images, now)
    records = _records([image.device for image in last_images], period)
    return [
        Trap(last, last.first_datetime, records[last.device], period, now - last.datetime)  # type: ignore[attr-defined]
        for last in last_images
    ]


def period_shown(last: Sequence[Image], now: datetime) -> Period:
    """The days up to now; or, where all have been silent for longer, the last ones of the fleet."""
    newest = max((image.datetime for image in last), default=now)
    return Period.ending(now if newest > now - timedelta(days=DAYS) else newest)


def _records(known: Sequence[str], period: Period) -> dict[str, Record]:
    shots = (
        Image.objects.filter(device__in=known, datetime__gte=period.start, datetime__lte=period.end)
        .values("device")
        .annotate(seconds=Listed(Seconds("datetime")))
        .order_by()
    )
    sent = {row["device"]: _record(row["seconds"], period) for row in shots} if known else {}
    return {device: sent.get(device, Record([0] * DAYS)) for device in known}


def _record(listed: str, period: Period) -> Record:
    seconds = np.sort(np.array(listed.split(","), dtype=np.int64)) - int(period.start.timestamp())
    intervals = np.diff(seconds, append=int((period.end - period.start).total_seconds()))
    gaps = intervals[intervals > LATE.total_seconds()]
    return Record(
        per_day=np.bincount(seconds // 86400, minlength=DAYS).tolist(),
        n_gaps=len(gaps),
        longest_gap=timedelta(seconds=int(gaps.max(initial=0))),
    )
