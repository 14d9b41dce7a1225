"""Reads of labels."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from labels.models import ITCLabel
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.records import LabelRow
from stickypi.db import lists
from stickypi.db.rows import fetch_rows

_KEYS_PER_QUERY = 2000


def labels(*, tuboid_ids: Sequence[str]) -> Iterator[list[LabelRow[str]]]:
    """Rows of the labels of these tuboids, by (tuboid_id, id), in chunks; `tuboid_ids` must be sorted."""
    for chunk in chunker(tuboid_ids, _KEYS_PER_QUERY):
        yield _label_rows(ITCLabel.objects.filter(parent_tuboid__tuboid_id__in=chunk))


def label_rows(made: Sequence[ITCLabel]) -> list[LabelRow[str]]:
    """Rows of given labels, by (tuboid_id, id)."""
    return _label_rows(ITCLabel.objects.filter(pk__in=lists.values(ITCLabel._meta.pk, [label.pk for label in made])))


def stored_labels(tuboids: Sequence[int]) -> set[tuple[int, str, str]]:
    """(id of the tuboid, algo_name, algo_version) of all labels of these tuboids."""
    return {
        identity
        for chunk in chunker(tuboids, _KEYS_PER_QUERY)
        for identity in ITCLabel.objects.filter(parent_tuboid__in=chunk).values_list(
            "parent_tuboid_id", "algo_name", "algo_version"
        )
    }


def _label_rows(found: QuerySet[ITCLabel]) -> list[LabelRow[str]]:
    ordered = found.order_by("parent_tuboid__tuboid_id", "id")
    return [row for chunk in fetch_rows(ordered, LabelRow[str]) for row in chunk]
