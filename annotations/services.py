"""Writes of annotations."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from annotations import queries
from annotations.models import UIDAnnotation
from annotations.signals import annotations_stored, annotations_to_delete
from changes.services import Row, changes_note
from images.models import Image
from sticky_pi_api.core.annotations import NewAnnotation, match_parents, refuse_stored
from sticky_pi_api.core.errors import Unavailable
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.core.records import AnnotationRow
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.db.errors import CHANGED_MEANWHILE

_ROWS_PER_INSERT = 100  # keeps a statement below the largest packet that a server accepts


@retry_on_deadlock
def annotations_put(*, new_annotations: Sequence[NewAnnotation], user: User) -> list[AnnotationRow[str]]:
    """Stores annotations, all or none. Returns their rows, by (device, datetime) of the image.

    Raises:
        InvalidInput: an image is not stored, or another one (by md5) was analysed.
        Conflict: an image already has an annotation of that algorithm and version, or its lease is lost.
    """
    try:
        with transaction.atomic():
            parents = _check(new_annotations)
            made = UIDAnnotation.objects.bulk_create(
                [_row(new, parent, user) for new, parent in zip(new_annotations, parents, strict=True)],
                batch_size=_ROWS_PER_INSERT,
            )
            changes_note(kind="annotation", action="came", rows=_changed(made, new_annotations))
            annotations_stored.send(UIDAnnotation, new=new_annotations, parents=parents)
    except IntegrityError as error:
        _check(new_annotations)  # names the images or annotations that came or went in the meantime
        raise Unavailable(CHANGED_MEANWHILE) from error
    images = {parent: new.image for new, parent in zip(new_annotations, parents, strict=True)}
    rows = [row for chunk in queries.annotation_rows(made) for row in chunk]
    return sorted(rows, key=lambda row: (images[row["parent_image_id"]], row["id"]))


@retry_on_deadlock
def annotations_delete(*, ids: Sequence[int]) -> int:
    """Deletes annotations. Returns their number."""
    with transaction.atomic():
        doomed = UIDAnnotation.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        annotations_to_delete.send(UIDAnnotation, ids=ids)
        rows = [Row(each.pk, each.parent_image.device, str(each.parent_image)) for each in _with_image(doomed)]
        changes_note(kind="annotation", action="went", rows=rows)
        UIDAnnotation.objects.filter(pk__in=[row.id for row in rows]).delete()
    return len(rows)


def annotations_note_gone(*, images: Sequence[Image]) -> None:
    """Notes that annotations go with these images, which are locked."""
    of_images = UIDAnnotation.objects.filter(parent_image__in=[image.pk for image in images]).order_by("pk")
    names = {image.pk: image for image in images}
    rows = [
        Row(pk, names[parent].device, str(names[parent]))
        for pk, parent in of_images.values_list("pk", "parent_image_id")
    ]
    changes_note(kind="annotation", action="went", rows=rows)


def _with_image(annotations: QuerySet[UIDAnnotation]) -> QuerySet[UIDAnnotation]:
    return annotations.prefetch_related("parent_image").only("parent_image")


def _changed(made: Sequence[UIDAnnotation], new_annotations: Sequence[NewAnnotation]) -> list[Row]:
    return [
        Row(row.pk, new.image.device, image_name(*new.image)) for row, new in zip(made, new_annotations, strict=True)
    ]


def _check(new_annotations: Sequence[NewAnnotation]) -> list[int]:
    """The id of the image of each annotation, all of which can be stored."""
    keys = sorted({new.image for new in new_annotations})
    parents = match_parents(new_annotations, queries.parents(keys))
    refuse_stored(new_annotations, parents, queries.stored_identities(sorted(set(parents))))
    return parents


def _row(new: NewAnnotation, parent: int, user: User) -> UIDAnnotation:
    return UIDAnnotation(
        parent_image_id=parent,
        algo_name=new.algo_name,
        algo_version=new.algo_version,
        n_objects=new.n_objects,
        json=new.json,
        **user.signature,
    )
