"""Tuboids by what they are and by their labels, a page at a time.

For each condition, the ids of the tuboids that meet it are read first, up to a bound. Rare conditions are intersected
and their tuboids looked up; where all are common, the table is scanned from the newest tuboid on, and a page is soon
full. Neither costs more with more tuboids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models import Q, QuerySet

from labels.models import LatestLabel, Taxon
from projects import queries as projects
from sticky_pi_api.core.like import matcher
from sticky_pi_api.core.records import RANKS
from stickypi.db.keyset import beyond
from tuboids.models import TiledTuboid
from tuboids.queries import begins_within, devices

PAGE = 48
RARE = 2000  # tuboids that meet a condition
SCANNED = 20_000  # tuboids, for a page
_HIGHEST = 2**62  # above every id
_ORDER = ("start_datetime", "pk")
STATUSES = {
    "unlabelled": Q(n_sources=0),
    "unseen": Q(n_people=0),
    "disputed": Q(differs_at__isnull=False),
}

Position = tuple[datetime, int]


@dataclass(frozen=True)
class LabelCondition:
    """That a source (None: any) gives one of these taxa (None: any)."""

    source: int | None
    taxa: Sequence[int] | None


@dataclass(frozen=True)
class ToldCondition:
    """That people say one of these taxa, or else, where they say nothing, an algorithm does; None: neither says any."""

    people: int | None
    algorithm: int | None
    taxa: Sequence[int] | None

    @property
    def condition(self) -> Q:
        """On tuboids."""
        of_people = self._told_by(self.people)
        if not (self.people and self.algorithm):
            told = of_people if self.people else self._told_by(self.algorithm)
            return ~told if self.taxa is None else told
        if self.taxa is None:
            return ~of_people & ~self._told_by(self.algorithm)
        return of_people | self._told_by(self.algorithm) & Q(n_people=0)

    def _told_by(self, source: int | None) -> Q:
        labels = LatestLabel.objects.filter(source=source or -1)
        labels = labels if self.taxa is None else labels.filter(taxon__in=self.taxa)
        return Q(pk__in=labels.values("tuboid_id"))


@dataclass(frozen=True)
class GalleryFilters:
    """What a gallery shows; empty fields leave all in."""

    device: str = ""
    project: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    status: str = ""
    labels: Sequence[LabelCondition] = ()
    told: ToldCondition | None = None


@dataclass(frozen=True)
class Page:
    """Tuboids, newest first, and the positions before and after which there may be more.

    `scanned_to`: where the scan ended before the page was full.
    """

    tuboids: list[TiledTuboid]
    newer: Position | None
    older: Position | None
    scanned_to: datetime | None = None


def gallery(filters: GalleryFilters, *, older: Position | None = None, newer: Position | None = None) -> Page:
    """A page that begins after a position (`older`), ends before one (`newer`), or is the first."""
    found = _in_order(_tuboids(filters), older, newer)
    rare, common = _split_conditions(filters)
    scanned_to = None
    if rare is not None:
        found = found.filter(pk__in=sorted(rare))
    elif common:
        found, scanned_to = _limit_scan(found, backwards=newer is not None)
    # Not joined: MariaDB would begin with the series, and sort all tuboids.
    tuboids = list(found.filter(*common).prefetch_related("parent_series")[: PAGE + 1])
    return _page(tuboids, older, newer, scanned_to)


def taxa_named(pattern: str) -> list[int]:
    """The taxa one of whose names begins with a text, or matches a LIKE pattern."""
    like = pattern if {"%", "_"} & set(pattern) else f"{pattern}%"
    names = ("text", "common_name", *RANKS)
    is_named = reduce(Q.__or__, (Q(**{f"{name}__like": like}) for name in names))
    return list(Taxon.objects.filter(is_named).values_list("pk", flat=True))


def _tuboids(filters: GalleryFilters) -> QuerySet[TiledTuboid]:
    found = TiledTuboid.objects.all()
    if filters.start:
        found = found.filter(start_datetime__gte=filters.start)
    if filters.end:
        found = found.filter(start_datetime__lt=filters.end)
    return found


def _in_order(found: QuerySet[TiledTuboid], older: Position | None, newer: Position | None) -> QuerySet[TiledTuboid]:
    if newer:
        return found.filter(beyond(_ORDER, newer)).order_by(*_ORDER)
    if older:
        found = found.filter(beyond(_ORDER, older, backwards=True))
    return found.order_by(*(f"-{column}" for column in _ORDER))


def _split_conditions(filters: GalleryFilters) -> tuple[set[int] | None, list[Q]]:
    """The tuboids that meet all rare conditions (None: none is rare), and the common ones as conditions."""
    rare: set[int] | None = None
    common = []
    for condition, meeting in _conditions(filters):
        few = set(meeting[: RARE + 1])
        if len(few) <= RARE:
            rare = few if rare is None else rare & few
        else:
            common.append(condition)
    return rare, common


def _conditions(filters: GalleryFilters) -> list[tuple[Q, QuerySet[Any, int]]]:
    """Each condition, and the ids of the tuboids that meet it."""
    conditions: list[tuple[Q, QuerySet[Any, int]]] = []
    if filters.device.strip("%"):
        matches = matcher(filters.device)
        of_device = Q(parent_series__device__in=[name for name in devices() if matches(name)])
        conditions.append((of_device, TiledTuboid.objects.filter(of_device).values_list("pk", flat=True)))
    if filters.project is not None:
        in_project = begins_within(projects.ranges(filters.project))
        conditions.append((in_project, TiledTuboid.objects.filter(in_project).values_list("pk", flat=True)))
    if filters.status:
        status = STATUSES[filters.status]
        conditions.append((status, TiledTuboid.objects.filter(status).values_list("pk", flat=True)))
    if len(filters.labels) == 2 and all(label.source for label in filters.labels):
        pair = _pair(*filters.labels)
        conditions.append((Q(pk__in=pair), pair))
    else:
        labelled = [_labels(label).values_list("tuboid_id", flat=True) for label in filters.labels]
        conditions += [(Q(pk__in=each), each) for each in labelled]
    if filters.told:
        told = filters.told.condition
        conditions.append((told, _tuboids(filters).filter(told).values_list("pk", flat=True)))
    return conditions


def _labels(condition: LabelCondition) -> QuerySet[LatestLabel]:
    labels = LatestLabel.objects.all()
    if condition.source is not None:
        labels = labels.filter(source=condition.source)
    return labels if condition.taxa is None else labels.filter(taxon__in=condition.taxa)


def _pair(one: LabelCondition, other: LabelCondition) -> QuerySet[Any, int]:
    """The tuboids of which both are true: looked up together, as the two may be rare together only."""
    both = _labels(one).filter(tuboid__in=_labels(other).values("tuboid"))
    return both.values_list("tuboid_id", flat=True)


def _limit_scan(found: QuerySet[TiledTuboid], *, backwards: bool) -> tuple[QuerySet[TiledTuboid], datetime | None]:
    """The next `SCANNED` tuboids, and where they end; None if at the end of all."""
    end = found.values_list("start_datetime", flat=True)[SCANNED : SCANNED + 1].first()
    if end is None:
        return found, None
    return found.filter(**{"start_datetime__lte" if backwards else "start_datetime__gte": end}), end


def _page(
    found: list[TiledTuboid], older: Position | None, newer: Position | None, scanned_to: datetime | None
) -> Page:
    """What lies beyond the page: its own ends if it is full, what was not scanned otherwise."""
    is_full, tuboids = len(found) > PAGE, found[:PAGE]
    scanned_to = None if is_full else scanned_to
    if newer:
        tuboids.reverse()
    ends = [(tuboid.start_datetime, tuboid.pk) for tuboid in tuboids]
    first, last = (ends[0], ends[-1]) if ends else (None, None)
    if newer:
        beyond = first if is_full else (scanned_to, _HIGHEST) if scanned_to else None
        return Page(tuboids, newer=beyond, older=last or (newer[0], newer[1] + 1), scanned_to=scanned_to)
    beyond = last if is_full else (scanned_to, 0) if scanned_to else None
    before = first or (older[0], older[1] - 1) if older else None
    return Page(tuboids, newer=before, older=beyond, scanned_to=scanned_to)
