"""Writes of annotations."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from annotations import queries
from annotations.models import UIDAnnotation
from sticky_pi_api.core.annotations import NewAnnotation, match_parents, refuse_stored

_ROWS_PER_INSERT = 100  # so that a statement stays below what a server takes in one packet


def annotations_put(*, new_annotations: Sequence[NewAnnotation], user: User) -> list[dict[str, Any]]:
    """Stores annotations, all or none. Returns their rows, by (device, datetime) of the image.

    Raises:
        InvalidInput: an image is not there, or another one (by md5) was analysed.
        Conflict: an image already has an annotation of that algorithm and version.
    """
    try:
        with transaction.atomic():
            parents = _checked(new_annotations)
            made = UIDAnnotation.objects.bulk_create(
                [_row(new, parent, user) for new, parent in zip(new_annotations, parents, strict=True)],
                batch_size=_ROWS_PER_INSERT,
            )
    except IntegrityError:
        _checked(new_annotations)  # says what came or went in the meantime
        raise
    rows = [row for chunk in queries.annotation_rows(made) for row in chunk]
    return _in_order(rows, new_annotations, parents)


def annotations_delete(*, ids: Sequence[int]) -> int:
    """Deletes annotations. Returns their number."""
    return UIDAnnotation.objects.filter(pk__in=ids).delete()[0]


def _checked(new_annotations: Sequence[NewAnnotation]) -> list[int]:
    """The id of the image of each annotation."""
    keys = sorted({new.image for new in new_annotations})
    parents = match_parents(new_annotations, queries.parents(keys))
    refuse_stored(new_annotations, parents, queries.stored(sorted(set(parents))))
    return parents


def _row(new: NewAnnotation, parent: int, user: User) -> UIDAnnotation:
    return UIDAnnotation(
        parent_image_id=parent,
        algo_name=new.algo_name,
        algo_version=new.algo_version,
        n_objects=new.n_objects,
        json=new.json,
        api_user=user.username,
    )


def _in_order(
    rows: list[dict[str, Any]], new_annotations: Sequence[NewAnnotation], parents: Sequence[int]
) -> list[dict[str, Any]]:
    images = {parent: new.image for new, parent in zip(new_annotations, parents, strict=True)}
    return sorted(rows, key=lambda row: (images[row["parent_image_id"]], row["id"]))
