"""What follows from the labels of tuboids: `LatestLabel`, and the summary that each tuboid carries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection, transaction

from labels.models import ALL_PEOPLE, ITCLabel, LabelSource, LatestLabel
from labels.signals import latest_labels_changed
from labels.taxa import get_or_create_taxa
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.people import is_person
from sticky_pi_api.core.records import RANKS
from sticky_pi_api.core.taxa import taxon_path
from tuboids.models import TiledTuboid
from tuboids.services import LabelSummary, label_summaries_store, tuboids_lock

_CHUNK = 2000
_OF_TAXON = ("label", "pattern", *RANKS)
_FIRST_RANK = _OF_TAXON.index(RANKS[0])

TaxonValues = tuple[Any, ...]  # the values of `_OF_TAXON` of a label
SourceKey = tuple[str, str]  # name, version


class LatestLabels(NamedTuple):
    """Of some tuboids (by id), the latest label of each source, and of each person and algorithm in any version."""

    by_source: dict[tuple[int, SourceKey], TaxonValues]
    by_name: dict[int, dict[str, TaxonValues]]


@contextmanager
def changing_labels(tuboids: Iterable[int]) -> Iterator[None]:
    """A transaction that changes labels of these tuboids, and at its end brings what follows from them up to date.

    It locks the tuboids first: who changes labels of the same ones waits, and then sees these labels.
    """
    with transaction.atomic():
        stored = tuboids_lock(ids=tuboids)
        yield
        for chunk in chunker(stored.items(), _CHUNK):
            _update(dict(chunk))


def rebuild() -> int:
    """Brings what follows from the labels of all tuboids up to date, a transaction a chunk. Returns their number."""
    n_tuboids, last = 0, 0
    tuboids = TiledTuboid.objects.order_by("pk").values_list("pk", flat=True)
    while chunk := list(tuboids.filter(pk__gt=last)[:_CHUNK]):
        with changing_labels(chunk):
            pass
        n_tuboids, last = n_tuboids + len(chunk), chunk[-1]
    return n_tuboids


def latest_labels(labels: Iterable[tuple[Any, ...]]) -> LatestLabels:
    """The latest of labels, which come by version, as (id of the tuboid, algo_name, algo_version, *`_OF_TAXON`).

    The versions of an algorithm are sources of their own; all labels of a person are of one, and of `ALL_PEOPLE`.
    """
    by_source: dict[tuple[int, SourceKey], TaxonValues] = {}
    by_name: dict[int, dict[str, TaxonValues]] = defaultdict(dict)
    for label in labels:
        (tuboid, name, version), values = label[:3], label[3:]
        by_name[tuboid][name] = values
        if is_person(name):
            by_source[tuboid, (name, "")] = by_source[tuboid, (ALL_PEOPLE, "")] = values
        else:
            by_source[tuboid, (name, version)] = values
    return LatestLabels(by_source, by_name)


def differs_at(labels: Collection[TaxonValues]) -> int | None:
    """The highest rank at which labels name different taxa, as an index of `RANKS`; None if at none.

    A label that ends at a higher rank contradicts nobody.
    """
    if len(labels) < 2:
        return None
    of_ranks = [{label[index] for label in labels} - {None, ""} for index in range(_FIRST_RANK, len(_OF_TAXON))]
    return next((rank for rank, names in enumerate(of_ranks) if len(names) > 1), None)


def _update(stored: Mapping[int, LabelSummary]) -> None:
    """Of tuboids that are locked, whose summaries now are these."""
    labels = ITCLabel.objects.filter(**_within("parent_tuboid", stored)).order_by("algo_version", "id")
    rows = labels.values_list("parent_tuboid_id", "algo_name", "algo_version", *_OF_TAXON)
    latest = latest_labels(row for row in rows if row[0] in stored)
    _store_latest_labels(stored.keys(), latest.by_source)
    summaries = {pk: _summary(latest.by_name.get(pk, {})) for pk in stored}
    label_summaries_store(summaries={pk: new for pk, new in summaries.items() if new != stored[pk]})


def _within(column: str, tuboids: Collection[int]) -> dict[str, Any]:
    """A condition that rows of these tuboids meet, and perhaps some of others: long lists take more time than rows."""
    first, last = min(tuboids), max(tuboids)
    if last - first < 2 * len(tuboids):
        return {f"{column}__gte": first, f"{column}__lte": last}
    return {f"{column}__in": list(tuboids)}


def _summary(by_name: Mapping[str, TaxonValues]) -> LabelSummary:
    return LabelSummary(len(by_name), sum(map(is_person, by_name)), differs_at(set(by_name.values())))


def _store_latest_labels(tuboids: Collection[int], by_source: Mapping[tuple[int, SourceKey], TaxonValues]) -> None:
    """Inserts, updates and deletes what differs."""
    taxa = _taxon_ids(set(by_source.values()))
    sources = _source_ids({source for _, source in by_source})
    wanted = {(sources[source], pk): taxa[values] for (pk, source), values in by_source.items()}
    rows = LatestLabel.objects.filter(**_within("tuboid", tuboids)).values_list("source_id", "tuboid_id", "taxon_id")
    stored = {(source, pk): taxon for source, pk, taxon in rows if pk in tuboids}
    gone = defaultdict(list)
    for source, pk in stored.keys() - wanted.keys():
        gone[source].append(pk)
    for source, pks in gone.items():
        LatestLabel.objects.filter(source=source, tuboid__in=pks).delete()
    _replace([(*key, taxon) for key, taxon in wanted.items() if stored.get(key) != taxon])
    latest_labels_changed.send(LatestLabel, before=stored, after=wanted)


def _replace(rows: list[tuple[int, int, int]]) -> None:
    """Inserts rows, over those with the same key. Without model instances, which would take most of the time."""
    table = connection.ops.quote_name(LatestLabel._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"REPLACE INTO {table} (source_id, tuboid_id, taxon_id) VALUES (%s, %s, %s)", rows)


def _taxon_ids(labels: Collection[TaxonValues]) -> dict[TaxonValues, int]:
    paths = {values: taxon_path(values[_FIRST_RANK:]) for values in labels}
    taxa = get_or_create_taxa({path: dict(zip(_OF_TAXON, values, strict=True)) for values, path in paths.items()})
    return {values: taxa[path] for values, path in paths.items()}


def _source_ids(keys: Collection[SourceKey]) -> dict[SourceKey, int]:
    known = _known_sources(keys)
    if new := [LabelSource(name=name, version=version) for name, version in keys if (name, version) not in known]:
        LabelSource.objects.bulk_create(new, ignore_conflicts=True)
        known = _known_sources(keys)
    return known


def _known_sources(keys: Collection[SourceKey]) -> dict[SourceKey, int]:
    found = LabelSource.objects.filter(name__in={name for name, _ in keys})
    return {(name, version): pk for pk, name, version in found.values_list("id", "name", "version")}
