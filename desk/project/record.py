"""What the traps of a project sent: images per day of each deployment, of those expected, and the gaps."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby

from django.db.models import Count

from desk.fleet.queries import INTERVAL
from images.models import Image, is_in_ranges
from sticky_pi_api.core.deployments import DeploymentRecord
from sticky_pi_api.core.formats import EARLIEST_IMAGE
from sticky_pi_api.core.series import Range, merged, range_chunks
from stickypi.db.functions import Quotient, Seconds

_DAY = timedelta(days=1)
_FULL = 0.9
_NAMED_GAPS = 3
_DEVICES_PER_QUERY, _RANGES_PER_QUERY = 200, 50


@dataclass(frozen=True)
class Run:
    """Days of a deployment in a row of one level: `full`, `low` or `none`. `x` and `width` in days of the axis."""

    x: int
    width: int
    level: str
    n_images: int
    n_expected: float
    text: str


@dataclass(frozen=True)
class Timeline:
    """A deployment and its record, up to now."""

    deployment: DeploymentRecord
    runs: list[Run]

    @property
    def n_images(self) -> int:
        return sum(run.n_images for run in self.runs)

    @property
    def n_expected(self) -> float:
        return sum(run.n_expected for run in self.runs)

    @property
    def percent(self) -> int | None:
        """Images of those expected; None where none is."""
        return round(min(1.0, self.n_images / self.n_expected) * 100) if self.n_expected >= 1 else None

    @property
    def gaps(self) -> str:
        """The days without an image, in words."""
        empty = [run.text.partition(":")[0] for run in self.runs if run.level == "none"]
        more = len(empty) - _NAMED_GAPS
        return ", ".join(empty[:_NAMED_GAPS]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class ProjectRecord:
    """The timelines on one axis of whole UTC days, `n_days` from `start` on."""

    start: datetime
    n_days: int
    timelines: list[Timeline]

    @property
    def last_day(self) -> datetime:
        return self.start + (self.n_days - 1) * _DAY


def project_record(deployments: Sequence[DeploymentRecord], *, now: datetime) -> ProjectRecord | None:
    """The record of deployments up to now; None if none has begun.

    Counted in the index on (device, datetime), with a row for each day of a trap.
    """
    spans = [(max(each.key.start_datetime, EARLIEST_IMAGE), min(each.key.end_datetime, now)) for each in deployments]
    begun = [(start, end) for start, end in spans if start < end]
    if not begun:
        return None
    first = _midnight(min(start for start, _ in begun))
    last = max(end for _, end in begun)
    counts = _counts(deployments, now)
    timelines = [
        Timeline(each, _runs(counts[each.key.device], start, end, first) if start < end else [])
        for each, (start, end) in zip(deployments, spans, strict=True)
    ]
    return ProjectRecord(first.replace(tzinfo=UTC), (_midnight(last) - first) // _DAY + 1, timelines)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _counts(deployments: Sequence[DeploymentRecord], now: datetime) -> defaultdict[str, dict[datetime, int]]:
    """Images by device and day, of those taken in the deployments until now."""
    ranges: dict[str, list[Range]] = {}
    for each in deployments:
        ranges.setdefault(each.key.device, []).append((each.key.start_datetime, min(each.key.end_datetime, now)))
    united = {device: union for device, spans in sorted(ranges.items()) if (union := merged(spans))}
    found: defaultdict[str, dict[datetime, int]] = defaultdict(dict)
    for chunk in range_chunks(united, devices=_DEVICES_PER_QUERY, each=_RANGES_PER_QUERY):
        days = Image.objects.filter(is_in_ranges(chunk)).values("device", day=Quotient(Seconds("datetime"), 86400))
        for device, day, number in days.annotate(n=Count("pk")).order_by().values_list("device", "day", "n"):
            moment = datetime(1970, 1, 1) + day * _DAY
            found[device][moment] = found[device].get(moment, 0) + number
    return found


def _runs(counts: dict[datetime, int], start: datetime, end: datetime, first: datetime) -> list[Run]:
    midnights = [_midnight(start) + number * _DAY for number in range((_midnight(end) - _midnight(start)) // _DAY + 1)]
    days = [(day, (min(end, day + _DAY) - max(start, day)) / INTERVAL, counts.get(day, 0)) for day in midnights]
    expected_days = [(day, expected, sent) for day, expected, sent in days if expected > 0]
    runs = []
    for level, grouped in groupby(expected_days, key=lambda day: _level(day[1], day[2])):
        run = list(grouped)
        n_images, n_expected = sum(sent for *_, sent in run), sum(expected for _, expected, _ in run)
        text = f"{_days(run[0][0], run[-1][0])}: {n_images:,} of {n_expected:,.0f} images"
        runs.append(Run((run[0][0] - first) // _DAY, len(run), level, n_images, n_expected, text))
    return runs


def _level(expected: float, sent: int) -> str:
    # Of a day's first minutes, nothing is expected yet.
    return "full" if sent >= _FULL * expected or expected < 1 else "low" if sent else "none"


def _days(first: datetime, last: datetime) -> str:
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
