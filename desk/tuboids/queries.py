"""Tuboids by what they are and what is said of them, a page at a time.

Each condition is first asked for the tuboids that meet it, up to a bound. The answers of those that are rare are
intersected and looked up; where all are common, the table is walked from the newest on, and what is looked for soon
found. Neither costs more with more tuboids.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models import Q, QuerySet

from labels.models import ALL_PEOPLE, LatestLabel, Taxon
from sticky_pi_api.core.like import matcher
from sticky_pi_api.core.records import RANKS
from stickypi.db.keyset import beyond
from tuboids.models import TiledTuboid
from tuboids.queries import devices

PAGE = 48
RARE = 2000  # tuboids that meet a condition
WALKED = 20_000  # tuboids looked at for a page
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
class Wanted:
    """What a gallery shows; empty fields leave all in."""

    device: str = ""
    start: datetime | None = None
    end: datetime | None = None
    status: str = ""
    labels: Sequence[LabelCondition] = ()


@dataclass(frozen=True)
class Page:
    """Tuboids, newest first, and the positions before and after which there may be more.

    `walked_to`: where the walk ended before the page was full.
    """

    tuboids: list[TiledTuboid]
    newer: Position | None
    older: Position | None
    walked_to: datetime | None = None


def gallery(wanted: Wanted, *, older: Position | None = None, newer: Position | None = None) -> Page:
    """A page that begins after a position (`older`), ends before one (`newer`), or is the first."""
    found = _sorted(_tuboids(wanted), older, newer)
    rare, common = _split(wanted)
    walked_to = None
    if rare is not None:
        found = found.filter(pk__in=sorted(rare))
    elif common:
        found, walked_to = _walked(found, backwards=newer is not None)
    # Not joined: MariaDB would begin with the series, and sort all tuboids.
    tuboids = list(found.filter(*common).prefetch_related("parent_series")[: PAGE + 1])
    return _page(tuboids, older, newer, walked_to)


def latest_labels_of(tuboids: Iterable[TiledTuboid]) -> dict[int, list[LatestLabel]]:
    """What is said of tuboids by each source, all people together left out."""
    found: dict[int, list[LatestLabel]] = {tuboid.pk: [] for tuboid in tuboids}
    said = LatestLabel.objects.filter(tuboid__in=list(found)).exclude(source__name=ALL_PEOPLE)
    for label in said.select_related("source", "taxon").order_by("source__name", "source__version"):
        found[label.tuboid_id].append(label)
    return found


def taxa_called(pattern: str) -> list[int]:
    """The taxa one of whose names begins with a text, or matches a LIKE pattern."""
    like = pattern if {"%", "_"} & set(pattern) else f"{pattern}%"
    names = ("text", "common_name", *RANKS)
    called = reduce(Q.__or__, (Q(**{f"{name}__like": like}) for name in names))
    return list(Taxon.objects.filter(called).values_list("pk", flat=True))


def _tuboids(wanted: Wanted) -> QuerySet[TiledTuboid]:
    found = TiledTuboid.objects.all()
    if wanted.start:
        found = found.filter(start_datetime__gte=wanted.start)
    if wanted.end:
        found = found.filter(start_datetime__lt=wanted.end)
    return found


def _sorted(found: QuerySet[TiledTuboid], older: Position | None, newer: Position | None) -> QuerySet[TiledTuboid]:
    if newer:
        return found.filter(beyond(_ORDER, newer)).order_by(*_ORDER)
    if older:
        found = found.filter(beyond(_ORDER, older, backwards=True))
    return found.order_by(*(f"-{column}" for column in _ORDER))


def _split(wanted: Wanted) -> tuple[set[int] | None, list[Q]]:
    """The tuboids that meet all rare conditions (None: none is rare), and the common ones as conditions."""
    rare: set[int] | None = None
    common = []
    for condition, meeting in _conditions(wanted):
        few = set(meeting[: RARE + 1])
        if len(few) <= RARE:
            rare = few if rare is None else rare & few
        else:
            common.append(condition)
    return rare, common


def _conditions(wanted: Wanted) -> list[tuple[Q, QuerySet[Any, int]]]:
    """Each condition, and the ids of the tuboids that meet it."""
    conditions: list[tuple[Q, QuerySet[Any, int]]] = []
    if wanted.device.strip("%"):
        matches = matcher(wanted.device)
        of_device = Q(parent_series__device__in=[name for name in devices() if matches(name)])
        conditions.append((of_device, TiledTuboid.objects.filter(of_device).values_list("pk", flat=True)))
    if wanted.status:
        status = STATUSES[wanted.status]
        conditions.append((status, TiledTuboid.objects.filter(status).values_list("pk", flat=True)))
    if len(wanted.labels) == 2 and all(label.source for label in wanted.labels):
        pair = _pair(*wanted.labels)
        conditions.append((Q(pk__in=pair), pair))
    else:
        said = [_said(label).values_list("tuboid_id", flat=True) for label in wanted.labels]
        conditions += [(Q(pk__in=each), each) for each in said]
    return conditions


def _said(condition: LabelCondition) -> QuerySet[LatestLabel]:
    said = LatestLabel.objects.all()
    if condition.source is not None:
        said = said.filter(source=condition.source)
    return said if condition.taxa is None else said.filter(taxon__in=condition.taxa)


def _pair(one: LabelCondition, other: LabelCondition) -> QuerySet[Any, int]:
    """The tuboids of which both are true: looked up together, as the two may be rare together only."""
    both = _said(one).filter(tuboid__in=_said(other).values("tuboid"))
    return both.values_list("tuboid_id", flat=True)


def _walked(found: QuerySet[TiledTuboid], *, backwards: bool) -> tuple[QuerySet[TiledTuboid], datetime | None]:
    """The next `WALKED` tuboids, and where they end; None if at the end of all."""
    end = found.values_list("start_datetime", flat=True)[WALKED : WALKED + 1].first()
    if end is None:
        return found, None
    return found.filter(**{"start_datetime__lte" if backwards else "start_datetime__gte": end}), end


def _page(found: list[TiledTuboid], older: Position | None, newer: Position | None, walked_to: datetime | None) -> Page:
    """What lies beyond the page: its own ends if it is full, what the walk has not reached otherwise."""
    is_full, tuboids = len(found) > PAGE, found[:PAGE]
    walked_to = None if is_full else walked_to
    if newer:
        tuboids.reverse()
    ends = [(tuboid.start_datetime, tuboid.pk) for tuboid in tuboids]
    first, last = (ends[0], ends[-1]) if ends else (None, None)
    if newer:
        beyond = first if is_full else (walked_to, _HIGHEST) if walked_to else None
        return Page(tuboids, newer=beyond, older=last or (newer[0], newer[1] + 1), walked_to=walked_to)
    beyond = last if is_full else (walked_to, 0) if walked_to else None
    before = first or (older[0], older[1] - 1) if older else None
    return Page(tuboids, newer=before, older=beyond, walked_to=walked_to)
