"""Labels that people give: what they say, how they take it back, and how far they are."""

import hashlib
import time
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from labels.models import ITCLabel, Remark, Reservation, Skip, Taxon
from labels.reservations import to_label, tuboid_reserve
from labels.services import labels_delete, labels_put
from sticky_pi_api.core.errors import NotFound
from sticky_pi_api.core.labels import NewLabel
from sticky_pi_api.core.people import person_algo_name
from sticky_pi_api.core.records import RANKS
from stickypi.db.deadlocks import retry_on_deadlock
from tuboids.models import TiledTuboid

COUNTED = 10_000


@retry_on_deadlock
def label_save(*, tuboid: int, taxon: int, user: User, confidence: str = "", note: str = "") -> ITCLabel:
    """Stores what a person says a tuboid is, and ends its reservation.

    Raises:
        NotFound: the tuboid or the taxon is not there.
    """
    named = Taxon.objects.filter(pk=taxon).first()
    tuboid_id = TiledTuboid.objects.filter(pk=tuboid).values_list("tuboid_id", flat=True).first()
    if named is None or tuboid_id is None:
        raise NotFound(f"this {'taxon' if named is None else 'tuboid'} is not there any more")
    with transaction.atomic():
        (label,) = labels_put(new_labels=[_new_label(tuboid_id, named, user)], user=user)
        if confidence or note:
            Remark.objects.create(label=label, confidence=confidence, note=note)
        Reservation.objects.filter(tuboid=tuboid, user=user).delete()
    return label


@retry_on_deadlock
def label_undo(*, label: int, user: User, window: str = "") -> int:
    """Deletes a label that this person gave, and gives them its tuboid back, in a window. Returns the tuboid's id.

    Raises:
        NotFound: it is not there, or not theirs.
        Conflict: another person has the tuboid before them; nothing is changed.
    """
    own = ITCLabel.objects.filter(pk=label, algo_name=person_algo_name(user.username))
    tuboid = own.values_list("parent_tuboid_id", flat=True).first()
    if tuboid is None:
        raise NotFound("this label is not there any more, or not one of yours")
    with transaction.atomic():
        tuboid_reserve(user=user, window=window, tuboid=tuboid)
        labels_delete(ids=[label])
    return tuboid


def progress(*, user: User, mode: str) -> dict[str, int]:
    """How many a person labelled today (UTC), how many are left and how many of them they skipped, up to `COUNTED`."""
    midnight = datetime.combine(timezone.now().astimezone(UTC).date(), datetime.min.time(), UTC)
    own = ITCLabel.objects.filter(algo_name=person_algo_name(user.username))
    today = own.filter(algo_version__gte=f"{int(midnight.timestamp())}")
    left, skipped = to_label(user, mode), Skip.objects.filter(user=user)
    counted = {"today": today, "left": left, "skipped": skipped}
    return {name: rows[:COUNTED].count() for name, rows in counted.items()}


def _new_label(tuboid_id: str, taxon: Taxon, user: User) -> NewLabel:
    digest = hashlib.md5(f"{user.username} {tuboid_id} {taxon.path} {time.time_ns()}".encode()).hexdigest()
    return NewLabel(
        tuboid_id=tuboid_id,
        algo_name=person_algo_name(user.username),
        algo_version=f"{int(time.time())}-{digest}",
        label=taxon.label,
        pattern=taxon.pattern,
        **{rank: getattr(taxon, rank) for rank in RANKS},
    )
