"""Reads of the counts: captures by taxon, and the images in which they could have been seen.

Nights go from noon to noon, by a clock that is a whole number of hours from UTC, as counts are by the hour.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Case, DateField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum, Value, When

from activity.models import ALL_DEVICES, ALL_TUBOIDS, HOURS, NO_TAXON, CaptureCount, ImageCount
from labels.agreement import NOT_TOLD, path_to
from labels.models import Taxon
from projects.models import Deployment
from sticky_pi_api.core.records import RANKS
from stickypi.db.index_scans import distinct

UNLABELLED = "-"  # beside paths of taxa: what those who are asked have not labelled
NO_INSECT = "Background"  # the type of what is none
_DAY = timedelta(days=1)

Stay = tuple[str, date, date]  # device, first and last day
HoursOf = Callable[[date, int], Sequence[tuple[int, float]]]  # the hours, 0 to 23, of an hour UTC, and their shares


@dataclass(frozen=True)
class Labellers:
    """Whose labels say what a tuboid is, ids of sources: people, an algorithm, or people before an algorithm."""

    people: int | None
    algorithm: int | None

    @property
    def rows(self) -> Q:
        """The counts by their labels: each tuboid is in one at most."""
        if self.people and self.algorithm:
            return Q(source_id=self.people) | Q(source_id=self.algorithm, has_person=False)
        return Q(source_id=self.people or self.algorithm or -1)


@dataclass(frozen=True)
class Selection:
    """What is asked for.

    Args:
        devices: None: all.
        first, last: nights, named by the day on which they begin; both included.
        rank: of `RANKS`, at which taxa are told apart.
        utc_offset: hours that the clock is ahead of UTC, -11 to 12.
        project: id of a project: only the days of its deployments; None: wherever the devices were.
    """

    devices: Sequence[str] | None
    first: date
    last: date
    labellers: Labellers
    rank: str
    utc_offset: int = 0
    project: int | None = None

    @property
    def nights(self) -> list[date]:
        """All nights, in order."""
        return [self.first + _DAY * number for number in range((self.last - self.first).days + 1)]

    @property
    def noon(self) -> int:
        """The hour UTC, of the day that names it, at which a night begins: 0 to 23."""
        return 12 - self.utc_offset

    @property
    def place(self) -> Q:
        """The devices, where they were."""
        of_devices = Q() if self.devices is None else Q(device__in=self.devices)
        if self.project is None:
            return of_devices
        # In the database: SQLite takes no expression of a thousand deployments.
        deployed = Deployment.objects.filter(parent_project=self.project)
        days = {"start_datetime__date__lte": OuterRef("day"), "end_datetime__date__gte": OuterRef("day")}
        on_day = Exists(deployed.filter(device=OuterRef("device"), **days))
        return of_devices & Q(device__in=deployed.order_by().values("device")) & Q(on_day)

    @property
    def captures(self) -> QuerySet[CaptureCount]:
        """Counts of all days that the nights touch, of all devices together if none is chosen."""
        is_everywhere = self.devices is None and self.project is None
        rows = CaptureCount.objects.filter(Q(device=ALL_DEVICES) if is_everywhere else self.place)
        return rows.filter(day__gte=self.first, day__lte=self.last + _DAY)

    @property
    def images(self) -> QuerySet[ImageCount]:
        """Counts of all days that the nights touch."""
        return ImageCount.objects.filter(self.place, day__gte=self.first, day__lte=self.last + _DAY)


@dataclass(frozen=True)
class Captures:
    """Captures, and the images in which they could have been seen.

    Attributes:
        keys: what they are counted by, in order: nights, or hours of the day.
        images: key -> images.
        taxa: path down to the rank -> key -> captures, most frequent first; `NOT_TOLD` and `UNLABELLED` are last.
        no_insects: key -> tuboids that are none; they are not in `taxa`.
    """

    keys: Sequence[Any]
    images: dict[Any, float]
    taxa: dict[str, dict[Any, float]]
    no_insects: dict[Any, float]

    @property
    def captures(self) -> dict[Any, float]:
        """All captures by key."""
        return {key: sum(of_taxon.get(key, 0) for of_taxon in self.taxa.values()) for key in self.keys}


def nightly(selection: Selection) -> Captures:
    """Captures by night. Four queries."""
    sums = {"before": _sum(HOURS[: selection.noon]), "after": _sum(HOURS[selection.noon :])}

    def nights(rows: Iterable[tuple[Any, ...]]) -> _Numbers:
        found: _Numbers = defaultdict(lambda: defaultdict(int))
        for taxon, day, before, after in rows:
            found[taxon][day - _DAY] += before or 0
            found[taxon][day] += after or 0
        return found

    return _captures(selection, selection.nights, F("day"), sums, nights)


def hourly(selection: Selection, hours_of: HoursOf | None = None) -> Captures:
    """Captures by the hour of the day, over all nights together. Four queries.

    Args:
        hours_of: another clock than that of the selection: what is counted in an hour UTC of a day is spread over its
            hours.
    """
    first, end = selection.first, selection.last + _DAY
    # All days in between have the same hours: one row for all.
    middle = Case(When(day__in=(first, end), then=F("day")), default=Value(first + _DAY), output_field=DateField())
    by_day = F("day") if hours_of else middle
    clock = hours_of or (lambda day, hour: (((hour + selection.utc_offset) % 24, 1),))

    def hours(rows: Iterable[tuple[Any, ...]]) -> _Numbers:
        found: _Numbers = defaultdict(lambda: defaultdict(int))
        for taxon, day, *numbers in rows:
            start = selection.noon if day == first else 0
            stop = selection.noon if day == end else 24
            for hour in range(start, stop):
                for key, share in clock(day, hour) if numbers[hour] else ():
                    found[taxon][key] += share * numbers[hour]
        return found

    return _captures(selection, range(24), by_day, {hour: Sum(hour) for hour in HOURS}, hours)


def devices() -> list[str]:
    """All that have taken an image."""
    return distinct(ImageCount, "device")


def bounds() -> tuple[date | None, date | None]:
    """The first and the last day of which there is an image."""
    found = ImageCount.objects.aggregate(first=Min("day"), last=Max("day"))
    return found["first"], found["last"]


def hours_of_device(device: str, start: datetime, end: datetime) -> list[tuple[datetime, int, int]]:
    """The hours that begin from `start` until before `end`, in which a device took images: beginning, captures, images.

    Empty as long as the device has no tuboid at all, in whichever hour. Two queries.
    """
    tuboids = CaptureCount.objects.filter(device=device, source_id=ALL_TUBOIDS)
    days = {"day__gte": start.date(), "day__lte": end.date()}
    sums = {f"all_{hour}": Sum(hour) for hour in HOURS}
    by_day = tuboids.filter(**days).order_by().values("day").annotate(**sums).values_list("day", *sums)
    captures = {day: numbers for day, *numbers in by_day}
    if not captures and not tuboids.exists():
        return []
    images = ImageCount.objects.filter(device=device, **days).order_by("day").values_list("day", *HOURS)
    hours = (
        (datetime.combine(day, time(hour), UTC), captures[day][hour] if day in captures else 0, n_images)
        for day, *numbers in images
        for hour, n_images in enumerate(numbers)
    )
    return [found for found in hours if found[2] > 0 and start <= found[0] < end]


_Numbers = dict[int, dict[Any, float]]  # by the id of a taxon and by key


def _captures(
    selection: Selection,
    keys: Sequence[Any],
    by: F | Case,
    sums: Mapping[str, Sum],
    read: Callable[[Iterable[tuple[Any, ...]]], _Numbers],
) -> Captures:
    """What the database has summed up, by the paths of taxa."""
    captures = selection.captures.order_by().annotate(key=by).values_list("taxon_id", "key").annotate(**sums)
    labelled = read(captures.filter(selection.labellers.rows))
    everything = read(captures.filter(source_id=ALL_TUBOIDS))[NO_TAXON]
    images = selection.images.order_by().annotate(key=by).values_list("key")
    counted = read((NO_TAXON, *row) for row in images.annotate(**sums))[NO_TAXON]
    path_of = {
        pk: NO_INSECT if names[0] == NO_INSECT else path_to(selection.rank, names)
        for pk, *names in Taxon.objects.values_list("pk", *RANKS)
    }
    taxa: dict[str, dict[Any, float]] = defaultdict(lambda: defaultdict(int))
    for taxon, numbers in labelled.items():
        for key, number in numbers.items():
            taxa[path_of[taxon]][key] += number
            everything[key] -= number
    taxa[UNLABELLED] = everything
    in_order = _in_order(taxa, keys)
    seen = {key: counted[key] for key in keys if key in counted}  # the days have hours of the nights around these
    return Captures(keys, seen, in_order, in_order.pop(NO_INSECT, {}))


def _in_order(taxa: dict[str, dict[Any, float]], keys: Sequence[Any]) -> dict[str, dict[Any, float]]:
    wanted = set(keys)
    shown = {path: {key: n for key, n in numbers.items() if n and key in wanted} for path, numbers in taxa.items()}

    def rank(path: str) -> tuple[Any, ...]:
        return path == UNLABELLED, path == NOT_TOLD, -sum(shown[path].values()), path

    return {path: shown[path] for path in sorted(shown, key=rank) if shown[path]}


def _sum(hours: Sequence[str]) -> Sum:
    return Sum(reduce(add, map(F, hours), Value(0)))
