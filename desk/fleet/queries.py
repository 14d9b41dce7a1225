"""The traps: the last image of each, and what it sent in the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from images import devices
from images.models import DeviceStatus, Image, is_in_ranges
from images.statuses import last_statuses
from projects import queries as projects
from sticky_pi_api.core.series import Range
from stickypi.db.functions import Listed, Seconds

DAYS = 14
INTERVAL = timedelta(minutes=20)
PER_DAY, PER_HOUR = timedelta(days=1) // INTERVAL, timedelta(hours=1) // INTERVAL
LATE, SILENT = 3 * INTERVAL, timedelta(hours=3)
_NEVER = datetime.max.replace(tzinfo=UTC)


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

    The time since its last image is such an interval too, while the device is in the field.
    """

    per_day: list[int]
    n_gaps: int = 0
    longest_gap: timedelta = timedelta()


@dataclass(frozen=True)
class Trap:
    """A device, its last image and its record.

    `in_field` are the ranges of time in which it should send images; by default from its first image on. `said` is the
    last status that it sent of itself.
    """

    last: Image
    record: Record
    period: Period
    silence: timedelta
    in_field: Sequence[Range]
    said: DeviceStatus | None = None

    @property
    def status(self) -> str:
        """`alive`, `late`, `silent`, `over` where its deployments are, or `ahead` where its clock is."""
        if self.silence < -INTERVAL:
            return "ahead"
        if self.is_over:
            return "over"
        return "silent" if self.silence >= SILENT else "late" if self.silence > LATE else "alive"

    @property
    def is_over(self) -> bool:
        """Whether it is in the field no longer."""
        return self.in_field[-1][1] <= self.last.datetime + self.silence

    @property
    def is_gone(self) -> bool:
        """Whether it has sent nothing in the period: nobody expects anything of it."""
        return self.last.datetime < self.period.start

    @property
    def expected(self) -> list[float]:
        """Images per day that it should have sent, while it was in the field."""
        if self.is_gone:
            return [0.0] * DAYS
        present = _clip(self.in_field, self.period)
        return [sum(_overlap(day, *each) / INTERVAL for each in present) for day in self.period.days]

    @property
    def share(self) -> float:
        """Images sent over images expected, 0 to 1."""
        return min(1.0, sum(self.record.per_day) / max(1.0, sum(self.expected)))


def _overlap(day: datetime, start: datetime, end: datetime) -> timedelta:
    return max(timedelta(), min(day + timedelta(days=1), end) - max(day, start))


def _clip(ranges: Sequence[Range], period: Period) -> list[Range]:
    """What of the ranges lies in a period."""
    clipped = [(max(start, period.start), min(end, period.end)) for start, end in ranges]
    return [(start, end) for start, end in clipped if start < end]


def list_traps(*, now: datetime, project: int | None = None) -> list[Trap]:
    """All devices, by their last image. Five queries.

    Of a project: the devices that stood for it, with what they sent in that time. Six queries.
    """
    if project is None:
        last_images = list(devices.last_images().order_by("device"))
        in_field = {last.device: [(last.first_datetime, _NEVER)] for last in last_images}  # type: ignore[attr-defined]
    else:
        last_images = projects.last_images(project)
        in_field = {device: [_aware(each) for each in spans] for device, spans in projects.ranges(project).items()}
    period = period_shown(last_images, now)
    present = {last.device: _clip(in_field[last.device], period) for last in last_images}
    taken = Q(device__in=list(present)) if project is None else is_in_ranges(_until_now(present, period))
    records = _records(present, taken, period)
    said = last_statuses()
    return [
        Trap(last, records[last.device], period, now - last.datetime, in_field[last.device], said.get(last.device))
        for last in last_images
    ]


def _aware(naive: Range) -> Range:
    start, end = (moment.replace(tzinfo=UTC) for moment in naive)
    return start, end


def _until_now(present: Mapping[str, Sequence[Range]], period: Period) -> dict[str, list[Range]]:
    """The ranges, naive, which go on beyond the period where they end with it: its last moment belongs to it."""
    beyond = period.end + INTERVAL
    ranges = {
        device: [
            (start.replace(tzinfo=None), (beyond if end == period.end else end).replace(tzinfo=None))
            for start, end in spans
        ]
        for device, spans in present.items()
    }
    return {device: spans for device, spans in ranges.items() if spans}


def period_shown(last: Sequence[Image], now: datetime) -> Period:
    """The days up to now; or, where all have been silent for longer, the last ones of the fleet."""
    newest = max((image.datetime for image in last), default=now)
    return Period.ending(now if newest > now - timedelta(days=DAYS) else newest)


def _records(present: Mapping[str, Sequence[Range]], taken: Q, period: Period) -> dict[str, Record]:
    """The record of each device that is present in these ranges of the period, of the images that meet `taken`."""
    shots = (
        Image.objects.filter(taken, datetime__gte=period.start, datetime__lte=period.end)
        .values("device")
        .annotate(seconds=Listed(Seconds("datetime")))
        .order_by()
    )
    sent = {row["device"]: row["seconds"] for row in shots} if present else {}
    return {
        device: _record(sent[device], ranges, period) if device in sent else Record([0] * DAYS)
        for device, ranges in present.items()
    }


def _record(listed: str, present: Sequence[Range], period: Period) -> Record:
    start = int(period.start.timestamp())
    seconds = np.sort(np.array(listed.split(","), dtype=np.int64)) - start
    intervals = [_intervals(seconds, *(int(moment.timestamp()) - start for moment in each)) for each in present]
    gaps = np.concatenate([np.empty(0, np.int64), *intervals])
    gaps = gaps[gaps > LATE.total_seconds()]
    return Record(
        per_day=np.bincount(seconds // 86400, minlength=DAYS).tolist(),
        n_gaps=len(gaps),
        longest_gap=timedelta(seconds=int(gaps.max(initial=0))),
    )


def _intervals(seconds: NDArray[np.int64], start: int, end: int) -> NDArray[np.int64]:
    """Between the images from one moment to another, and from the last of them to the end."""
    return np.diff(seconds[(seconds >= start) & (seconds <= end)], append=end)


def without_images(traps: Sequence[Trap]) -> list[DeviceStatus]:
    """The last status of each device that has sent no image yet; `traps` are all others."""
    known = {trap.last.device for trap in traps}
    return [status for device, status in sorted(last_statuses().items()) if device not in known]
