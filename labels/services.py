"""Writes of labels."""

from collections.abc import Sequence

from django.db import IntegrityError

from accounts.models import User
from changes.services import Row, changes_note
from labels import queries
from labels.models import ITCLabel
from labels.signals import labels_stored, labels_to_delete
from labels.summaries import changing_labels
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Unavailable
from sticky_pi_api.core.labels import NewLabel, match_tuboids, refuse_stored
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.db.errors import CHANGED_MEANWHILE
from tuboids.queries import ids_of_tuboids

_ROWS_PER_INSERT = 500


@retry_on_deadlock
def labels_put(*, new_labels: Sequence[NewLabel], user: User) -> list[ITCLabel]:
    """Stores labels, all or none.

    Raises:
        InvalidInput: a tuboid is not there.
        Conflict: a tuboid already has a label of that algorithm and version, or its lease is lost.
    """
    parents = _parents(new_labels)
    rows = [
        ITCLabel(parent_tuboid_id=parent, **user.signature, **new.to_record())
        for new, parent in zip(new_labels, parents, strict=True)
    ]
    try:
        with changing_labels(parents):
            refuse_stored(new_labels, parents, queries.stored_labels(sorted(set(parents))))
            made = ITCLabel.objects.bulk_create(rows, batch_size=_ROWS_PER_INSERT)
            names = [new.tuboid_id for new in new_labels]
            changes_note(kind="label", action="came", rows=map(_changed, [row.pk for row in made], names))
            labels_stored.send(ITCLabel, new=new_labels, parents=parents)
            return made
    except IntegrityError as error:
        _parents(new_labels)  # says which tuboids went in the meantime
        raise Unavailable(CHANGED_MEANWHILE) from error


@retry_on_deadlock
def labels_delete(*, ids: Sequence[int]) -> int:
    """Deletes labels. Returns their number."""
    found = ITCLabel.objects.filter(pk__in=ids)
    with changing_labels(found.values_list("parent_tuboid_id", flat=True)):
        rows = [_changed(*each) for each in found.order_by("pk").values_list("pk", "parent_tuboid__tuboid_id")]
        changes_note(kind="label", action="went", rows=rows)
        labels_to_delete.send(ITCLabel, ids=ids)
        return found.delete()[1].get("labels.ITCLabel", 0)


def labels_note_gone(*, tuboids: Sequence[int]) -> None:
    """Notes that labels go with these tuboids, which are locked."""
    for chunk in chunker(tuboids, _ROWS_PER_INSERT):
        found = ITCLabel.objects.filter(parent_tuboid__in=chunk).order_by("pk")
        rows = [_changed(*each) for each in found.values_list("pk", "parent_tuboid__tuboid_id")]
        changes_note(kind="label", action="went", rows=rows)


def _changed(pk: int, tuboid_id: str) -> Row:
    return Row(pk, tuboid_id.partition(".")[0], tuboid_id)


def _parents(new_labels: Sequence[NewLabel]) -> list[int]:
    """The id of the tuboid of each label."""
    return match_tuboids(new_labels, ids_of_tuboids([new.tuboid_id for new in new_labels]))
