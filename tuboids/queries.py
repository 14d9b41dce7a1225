"""Reads of tuboids and their series."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from sticky_pi_api.core import layout, records
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.info import Series
from sticky_pi_api.core.like import matcher
from stickypi.db.index_scans import distinct
from stickypi.db.rows import Rows, fetch_chunks, wire_column, wire_rows
from tuboids.models import TiledTuboid, TuboidSeries

LinkMaker = Callable[[str], str]

_KEYS_PER_QUERY = 500
_TUBOIDS = (*records.TILED_TUBOIDS, *records.OF_SERIES)
_TUBOID_COLUMNS = (*records.TILED_TUBOIDS, *(f"parent_series__{column}" for column in records.OF_SERIES.values()))


def tuboid_series(*, series: Iterable[Series], link: LinkMaker | None) -> Iterator[Rows]:
    """Rows of the tuboids of the tuboid series that lie within any of these, both ends included, by tuboid_id.

    With `link`, each has links to its three files.
    """
    found = TiledTuboid.objects.filter(lies_within(series, "parent_series__")).order_by("tuboid_id")
    return _tuboid_rows(found, link)


def tuboid_rows(made: Sequence[TiledTuboid]) -> Rows:
    """Rows of given tuboids: the columns of their own table."""
    found = TiledTuboid.objects.filter(pk__in=[tuboid.pk for tuboid in made]).order_by("tuboid_id")
    return wire_rows(found, records.TILED_TUBOIDS)


def series_rows(found: Sequence[TuboidSeries]) -> Rows:
    """Rows of given series, by id."""
    rows = TuboidSeries.objects.filter(pk__in=[series.pk for series in found]).order_by("id")
    return wire_rows(rows, records.TUBOID_SERIES)


def devices() -> list[str]:
    """All devices that have series, in order."""
    return distinct(TuboidSeries, "device")


def of_devices(devices: Iterable[str], path: str = "tuboid_id") -> Q:
    """The condition that a tuboid is of one of the devices, as ranges of the index on `path`, its tuboid_id."""
    ranges = [Q(**{f"{path}__gte": f"{device}.", f"{path}__lt": f"{device}/"}) for device in devices]
    return Q(*ranges, _connector=Q.OR)


def lies_within(series: Iterable[Series], path: str = "") -> Q:
    """The condition that a tuboid series lies within any of these; `path` leads to it, e.g. `parent_series__`."""
    known = devices()
    condition = Q(pk__in=())
    for element in series:
        matching = [device for device in known if matcher(element.device)(device)]
        condition |= Q(
            **{
                f"{path}device__in": matching,
                f"{path}start_datetime__gte": _aware(element.start_datetime),
                f"{path}end_datetime__lte": _aware(element.end_datetime),
            }
        )
    return condition


def ids_of_tuboids(tuboid_ids: Collection[str]) -> dict[str, int]:
    """tuboid_id -> id of those that are there."""
    return {
        tuboid_id: identity
        for chunk in chunker(sorted(set(tuboid_ids)), _KEYS_PER_QUERY)
        for tuboid_id, identity in TiledTuboid.objects.filter(tuboid_id__in=chunk).values_list("tuboid_id", "id")
    }


def owned_files(keys: Collection[str]) -> set[str]:
    """Those of the storage keys that belong to a tuboid that is there."""
    of_key = {key: key.split("/")[2] for key in keys}
    there = ids_of_tuboids(of_key.values())
    return {key for key, tuboid_id in of_key.items() if tuboid_id in there}


def _tuboid_rows(found: QuerySet[TiledTuboid], link: LinkMaker | None) -> Iterator[Rows]:
    columns = [wire_column(TiledTuboid, column) for column in _TUBOID_COLUMNS]
    for chunk in fetch_chunks(found, *columns):
        rows = [dict(zip(_TUBOIDS, row, strict=True)) for row in chunk]
        yield rows if link is None else [{**row, **_links(row["tuboid_id"], link)} for row in rows]


def _links(tuboid_id: str, link: LinkMaker) -> dict[str, str]:
    return {name: link(layout.tuboid_key(tuboid_id, name)) for name in layout.TUBOID_FILES}


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
