"""The taxa that labels can say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from labels.models import Taxon
from sticky_pi_api.core.records import RANKS
from sticky_pi_api.core.taxa import taxon_path, taxon_text

_IMPORTED = ("text", "common_name", "label", "pattern", "is_imported")


def get_or_create_taxa(labels: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The ids of taxa by path; those that are new are made.

    Args:
        labels: path -> the columns of a label that says it.
    """
    known = _known(labels)
    new = [
        Taxon(
            path=path,
            text=taxon_text([row[rank] for rank in RANKS]),
            **{name: row[name] for name in ("label", "pattern", *RANKS)},
        )
        for path, row in labels.items()
        if path not in known
    ]
    if not new:
        return known
    Taxon.objects.bulk_create(new, ignore_conflicts=True)
    return _known(labels)


def taxa_import(*, taxa: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Adds what `read_taxonomy` read, or updates what is there of the same path.

    Taxa without a number get the next free one; numbers that are in use stay. Returns how many were added and updated.
    """
    with transaction.atomic():
        there = {taxon.path: taxon for taxon in Taxon.objects.select_for_update()}
        number = max((taxon.label for taxon in there.values()), default=0)
        number = max([number, *(row["label"] for row in taxa if row["label"] is not None)])
        added: list[Taxon] = []
        updated: list[Taxon] = []
        for row in taxa:
            path = taxon_path([row[rank] for rank in RANKS])
            taxon = there.get(path) or Taxon(path=path)
            _fill(taxon, row)
            if taxon.label is None:
                number += 1
                taxon.label = number
            (updated if path in there else added).append(taxon)
        Taxon.objects.bulk_create(added, batch_size=500)
        Taxon.objects.bulk_update(updated, _IMPORTED, batch_size=200)
    return len(added), len(updated)


def _known(paths: Iterable[str]) -> dict[str, int]:
    return dict(Taxon.objects.filter(path__in=list(paths)).values_list("path", "id"))


def _fill(taxon: Taxon, row: Mapping[str, Any]) -> None:
    ranks = [row[rank] for rank in RANKS]
    for rank, name in zip(RANKS, ranks, strict=True):
        setattr(taxon, rank, name)
    taxon.text, taxon.is_imported = taxon_text(ranks), True
    for name in ("label", "common_name", "pattern"):
        if row[name] is not None:
            setattr(taxon, name, row[name])
    taxon.pattern = taxon.pattern or f"^{taxon.path}.*$"[:128]
