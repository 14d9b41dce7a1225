"""Writes of counts: what changed is added or taken away, in the transaction that changes it; or all is counted anew.

Rows are added to in one order, so that nobody waits in a circle.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction

from activity import recount
from activity.models import ALL_DEVICES, ALL_TUBOIDS, HOURS, NO_TAXON, CaptureCount, CountLock, ImageCount
from images.models import Image
from labels.models import ALL_PEOPLE, LabelSource, LatestLabel
from tuboids.models import TiledTuboid

_KEYS = {
    ImageCount: ("device", "day"),
    CaptureCount: ("device", "source_id", "day", "taxon_id", "has_person"),
}

Labels = Mapping[int, int]  # the taxon that each source gives a tuboid
Counts = dict[tuple[Any, ...], list[int]]


def images_count(*, images: Iterable[Image], sign: int) -> None:
    """Counts images in (`sign` 1) or out (-1)."""
    counts = _no_counts()
    for image in images:
        day, hour = _hour(image.datetime)
        counts[image.device, day][hour] += sign
    _add(ImageCount, counts)


def tuboid_count(*, tuboid: TiledTuboid) -> None:
    """Counts a tuboid in that has no labels yet."""
    counts = _no_counts()
    _count(counts, tuboid.parent_series.device, tuboid.start_datetime, {}, None, 1)
    _add(CaptureCount, counts)


def tuboids_discount(*, ids: Sequence[int]) -> None:
    """Counts tuboids out, with what their labels say."""
    labels = LatestLabel.objects.filter(tuboid__in=ids).values_list("source_id", "tuboid_id", "taxon_id")
    of_tuboid = _by_tuboid({(source, tuboid): taxon for source, tuboid, taxon in labels})
    _change({tuboid: (of_tuboid[tuboid], None) for tuboid in ids})


def labels_count(*, before: Mapping[tuple[int, int], int], after: Mapping[tuple[int, int], int]) -> None:
    """Counts tuboids whose latest labels have changed.

    Args:
        before, after: the taxon by the ids of source and tuboid: all of each tuboid.
    """
    old, new = _by_tuboid(before), _by_tuboid(after)
    _change({tuboid: (old[tuboid], new[tuboid]) for tuboid in old.keys() | new.keys() if old[tuboid] != new[tuboid]})


def rebuild() -> None:
    """Counts all anew. Meanwhile those who change what is counted wait at the end of their transactions."""
    with transaction.atomic():
        CountLock.objects.select_for_update().get_or_create(pk=1)
        recount.replace_all()


def _change(changes: Mapping[int, tuple[Labels, Labels | None]]) -> None:
    """Of each tuboid its labels before and after; None: it goes."""
    counts, people = _no_counts(), _all_people()
    rows = TiledTuboid.objects.filter(pk__in=list(changes)).values_list("pk", "parent_series__device", "start_datetime")
    for pk, device, start in rows:
        before, after = changes[pk]
        _count(counts, device, start, before, people, -1)
        if after is not None:
            _count(counts, device, start, after, people, 1)
    _add(CaptureCount, counts)


def _count(counts: Counts, device: str, start: datetime, labels: Labels, people: int | None, sign: int) -> None:
    (day, hour), has_person = _hour(start), people in labels
    for source, taxon in [(ALL_TUBOIDS, NO_TAXON), *labels.items()]:
        for where in (device, ALL_DEVICES):
            counts[where, source, day, taxon, has_person][hour] += sign


def _add(model: type[ImageCount | CaptureCount], counts: Counts) -> None:
    rows = [(*key, *hours) for key, hours in sorted(counts.items()) if any(hours)]
    if not rows:
        return
    columns, table = [*_KEYS[model], *HOURS], connection.ops.quote_name(model._meta.db_table)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    with _sharing_lock(), connection.cursor() as cursor:
        cursor.executemany(f"{insert} {_on_conflict(_KEYS[model])}", rows)


def _on_conflict(key: Collection[str]) -> str:
    if connection.vendor == "mysql":
        return f"ON DUPLICATE KEY UPDATE {', '.join(f'{hour} = {hour} + VALUES({hour})' for hour in HOURS)}"
    updates = ", ".join(f"{hour} = {hour} + excluded.{hour}" for hour in HOURS)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"


@contextmanager
def _sharing_lock() -> Iterator[None]:
    """Until the transaction ends nobody counts anew. SQLite has one writer at a time anyway."""
    with transaction.atomic():
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT id FROM {CountLock._meta.db_table} LOCK IN SHARE MODE")
        yield


def _all_people() -> int | None:
    return LabelSource.objects.filter(name=ALL_PEOPLE, version="").values_list("pk", flat=True).first()


def _by_tuboid(labels: Mapping[tuple[int, int], int]) -> defaultdict[int, dict[int, int]]:
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for (source, tuboid), taxon in labels.items():
        found[tuboid][source] = taxon
    return found


def _hour(moment: datetime) -> tuple[date, int]:
    utc = moment.astimezone(UTC)
    return utc.date(), utc.hour


def _no_counts() -> defaultdict[tuple[Any, ...], list[int]]:
    return defaultdict(lambda: [0] * 24)
