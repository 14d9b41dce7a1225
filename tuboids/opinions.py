"""Keeps `Opinion` and `Standing` in step with the labels of tuboids."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from sticky_pi_api.core.chunks import chunker
from tuboids import taxa
from tuboids.labelling_models import NOWHERE, RANKS, LabelSource, Opinion, Standing
from tuboids.models import ITCLabel, TiledTuboid

PERSON = "human:"  # what names of people begin with, and the name of all people together
_CHUNK = 500
_COLUMNS = ("parent_tuboid_id", "algo_name", "algo_version", "label", "pattern", *RANKS)

Label = dict[str, Any]
SourceKey = tuple[str, str]


class Views(NamedTuple):
    """What is said of a tuboid: by each source, and the latest of each person and algorithm."""

    by_source: dict[SourceKey, Label]
    latest: dict[str, Label]


def refresh(tuboids: Collection[int]) -> None:
    """Works the opinions on these tuboids out anew; within the transaction that changes their labels."""
    for chunk in chunker(sorted(set(tuboids)), _CHUNK):
        _refresh(chunk)


def rebuild() -> int:
    """The same of all tuboids, a transaction for every few hundred. Returns their number."""
    n_tuboids = 0
    for chunk in chunker(TiledTuboid.objects.order_by("pk").values_list("pk", flat=True).iterator(), _CHUNK):
        with transaction.atomic():
            _refresh(chunk)
        n_tuboids += len(chunk)
    return n_tuboids


def views(labels: Iterable[Label]) -> Views:
    """What labels of one tuboid, in order of version, say: later ones of a source replace earlier ones."""
    by_source: dict[SourceKey, Label] = {}
    latest: dict[str, Label] = {}
    for label in labels:
        name = label["algo_name"]
        latest[name] = label
        if name.startswith(PERSON):
            by_source[name, ""] = by_source[PERSON, ""] = label
        else:
            by_source[name, label["algo_version"]] = label
    return Views(by_source, latest)


def differs_at(labels: Iterable[Label]) -> int:
    """The highest rank at which labels say different things, as an index of `RANKS`; `NOWHERE` if at none.

    A label that goes less deep contradicts nobody.
    """
    labels = list(labels)
    names = [{label[rank] for label in labels} - {None, ""} for rank in RANKS]
    return next((index for index, of_rank in enumerate(names) if len(of_rank) > 1), NOWHERE)


def _refresh(tuboids: Sequence[int]) -> None:
    Standing.objects.bulk_create([Standing(tuboid_id=pk) for pk in tuboids], ignore_conflicts=True)
    # Locked before labels are read: who labels the same tuboids waits, and then sees these labels.
    standings = {each.pk: each for each in Standing.objects.select_for_update().filter(pk__in=tuboids).order_by("pk")}
    found: dict[int, list[Label]] = {pk: [] for pk in standings}
    for label in _labels(tuboids):
        found[label["parent_tuboid_id"]].append(label)
    of_tuboid = {pk: views(labels) for pk, labels in found.items()}
    _replace_opinions(tuboids, of_tuboid)
    _update_standings(standings, of_tuboid)


def _labels(tuboids: Sequence[int]) -> list[Label]:
    labels = ITCLabel.objects.filter(parent_tuboid__in=tuboids).order_by("algo_version", "id")
    return [dict(zip(_COLUMNS, row, strict=True)) for row in labels.values_list(*_COLUMNS)]


def _replace_opinions(tuboids: Sequence[int], of_tuboid: dict[int, Views]) -> None:
    said = [
        (pk, source, label, taxa.path_of([label[rank] for rank in RANKS]))
        for pk, each in of_tuboid.items()
        for source, label in each.by_source.items()
    ]
    taxon_ids = taxa.ids_of({path: label for _, _, label, path in said})
    source_ids = _source_ids({source for _, source, _, _ in said})
    Opinion.objects.filter(tuboid__in=tuboids).delete()
    Opinion.objects.bulk_create(
        [Opinion(tuboid_id=pk, source_id=source_ids[source], taxon_id=taxon_ids[path]) for pk, source, _, path in said],
        batch_size=_CHUNK,
    )


def _source_ids(keys: Collection[SourceKey]) -> dict[SourceKey, int]:
    known = _known_sources(keys)
    if new := [LabelSource(name=name, version=version) for name, version in keys if (name, version) not in known]:
        LabelSource.objects.bulk_create(new, ignore_conflicts=True)
        known = _known_sources(keys)
    return known


def _known_sources(keys: Collection[SourceKey]) -> dict[SourceKey, int]:
    found = LabelSource.objects.filter(name__in={name for name, _ in keys})
    return {(name, version): pk for pk, name, version in found.values_list("id", "name", "version")}


def _update_standings(standings: dict[int, Standing], of_tuboid: dict[int, Views]) -> None:
    changed = []
    for pk, standing in standings.items():
        latest = of_tuboid[pk].latest
        now = (len(latest), sum(name.startswith(PERSON) for name in latest), differs_at(latest.values()))
        if now != (standing.n_sources, standing.n_people, standing.differs_at):
            standing.n_sources, standing.n_people, standing.differs_at = now
            changed.append(standing)
    # Many times quicker than an update of each.
    Standing.objects.filter(pk__in=[standing.pk for standing in changed]).delete()
    Standing.objects.bulk_create(changed)
