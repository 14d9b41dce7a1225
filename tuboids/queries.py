"""Reads of tuboids and their series."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from django.db.models import Q

from sticky_pi_api.core import layout
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.info import Series
from sticky_pi_api.core.records import OF_SERIES, TuboidInSeriesRow, TuboidRow, TuboidSeriesRow
from sticky_pi_api.core.series import Containers, Range, match_devices
from stickypi.db import lists
from stickypi.db.index_scans import distinct
from stickypi.db.ranges import InRanges
from stickypi.db.rows import fetch_rows
from stickypi.storage.links import LinkMaker
from tuboids.models import TiledTuboid, TuboidSeries

_KEYS_PER_QUERY = 2000
_DEVICES_PER_QUERY = 200
SERIES_PATHS = {name: f"parent_series__{column}" for name, column in OF_SERIES.items()}


def tuboid_series(*, series: Iterable[Series], link: LinkMaker | None) -> Iterator[list[TuboidInSeriesRow[str]]]:
    """Rows of the tuboids of the tuboid series that lie within any of these, both ends included, by tuboid_id.

    With `link`, each has links to its three files.
    """
    found = TiledTuboid.objects.filter(lies_within(series, "parent_series__")).order_by("tuboid_id")
    for rows in fetch_rows(found, TuboidInSeriesRow[str], selected=SERIES_PATHS):
        if link:
            for row in rows:
                row["tuboid"], row["context"], row["metadata"] = (
                    link(layout.tuboid_key(row["tuboid_id"], name)) for name in ("tuboid", "context", "metadata")
                )
        yield rows


def tuboid_rows(tuboids: Sequence[TiledTuboid]) -> list[TuboidRow[str]]:
    """Rows of these tuboids, by tuboid_id."""
    found = TiledTuboid.objects.filter(pk__in=[tuboid.pk for tuboid in tuboids]).order_by("tuboid_id")
    return [row for chunk in fetch_rows(found, TuboidRow[str]) for row in chunk]


def series_rows(series: Sequence[TuboidSeries]) -> list[TuboidSeriesRow[str]]:
    """Rows of these series, by id."""
    found = TuboidSeries.objects.filter(pk__in=[each.pk for each in series]).order_by("id")
    return [row for chunk in fetch_rows(found, TuboidSeriesRow[str]) for row in chunk]


def devices() -> list[str]:
    """All devices that have series, in order."""
    return distinct(TuboidSeries, "device")


def has_device(devices: Iterable[str], path: str = "tuboid_id") -> Q:
    """The condition that a tuboid is of one of the devices, as ranges of the index on `path`, its tuboid_id."""
    ranges = [Q(**{f"{path}__gte": f"{device}.", f"{path}__lt": f"{device}/"}) for device in devices]
    return Q(*ranges, _connector=Q.OR)


def lies_within(series: Iterable[Series], path: str = "") -> Q:
    """The condition that a tuboid series lies within any of these; `path` leads to it, e.g. `parent_series__`."""
    asked = match_devices(series, devices(), Containers)
    ids = [pk for chunk in chunker(asked.items(), _DEVICES_PER_QUERY) for pk in _ids_within(dict(chunk))]
    return Q(**{f"{path}pk__in": lists.values(TuboidSeries._meta.pk, ids)})


def _ids_within(asked: dict[str, Containers]) -> Iterator[int]:
    """Ids of the tuboid series of each device that one of its ranges holds."""
    starts, ends = zip(*(containers.span for containers in asked.values()), strict=True)
    candidates = TuboidSeries.objects.filter(
        device__in=list(asked), start_datetime__gte=_aware(min(starts)), end_datetime__lte=_aware(max(ends))
    )
    for pk, device, start, end in candidates.values_list("pk", "device", "start_datetime", "end_datetime").iterator():
        if asked[device].hold(start.replace(tzinfo=None), end.replace(tzinfo=None)):
            yield pk


def begins_within(ranges: Mapping[str, Sequence[Range]]) -> Q:
    """The condition that a tuboid's first shot is in one of the half-open ranges of its device, by its series."""
    inside, across = [], {}
    series = TuboidSeries.objects.filter(device__in=list(ranges))
    for pk, device, *ends in series.values_list("pk", "device", "start_datetime", "end_datetime").iterator():
        start, end = (moment.replace(tzinfo=None) for moment in ends)
        if any(first <= start and end < last for first, last in ranges[device]):
            inside.append(pk)
        elif shared := [(first, last) for first, last in ranges[device] if first <= end and start < last]:
            across[pk] = shared
    begins = Q(parent_series__in=lists.values(TuboidSeries._meta.pk, inside))
    return begins | Q(InRanges("parent_series", "start_datetime", across)) if across else begins


def ids_of_tuboids(tuboid_ids: Collection[str]) -> dict[str, int]:
    """tuboid_id -> id of those that are there."""
    return {
        tuboid_id: identity
        for chunk in chunker(sorted(set(tuboid_ids)), _KEYS_PER_QUERY)
        for tuboid_id, identity in TiledTuboid.objects.filter(tuboid_id__in=chunk).values_list("tuboid_id", "id")
    }


def tuboid_ids_from(first: str) -> Iterator[str]:
    """The tuboid_ids from this one on, in order, a page in memory."""
    found = TiledTuboid.objects.order_by("tuboid_id").values_list("tuboid_id", flat=True)
    page = list(found.filter(tuboid_id__gte=first)[:_KEYS_PER_QUERY])
    while page:
        yield from page
        page = list(found.filter(tuboid_id__gt=page[-1])[:_KEYS_PER_QUERY])


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
