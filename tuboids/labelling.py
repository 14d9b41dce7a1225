"""Tuboids labelled by people: who has which before them, what they say, and how they take it back."""

import hashlib
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from sticky_pi_api.core.errors import Conflict, NotFound, Unavailable
from sticky_pi_api.core.labels import NewLabel
from sticky_pi_api.core.records import TAXONOMY
from stickypi.db.deadlocks import retry_on_deadlock
from tuboids.labelling_models import NOWHERE, Opinion, Remark, Reservation, Skip, Standing, Taxon
from tuboids.models import ITCLabel, TiledTuboid
from tuboids.opinions import PERSON
from tuboids.services import labels_delete, labels_put

LIFETIME = timedelta(minutes=5)
MODES = ("unlabelled", "disputed")
COUNTED = 10_000
_ATTEMPTS = 20


def algo_name(user: User) -> str:
    """The name that the labels of a person have."""
    return f"{PERSON}{user.username}"


@retry_on_deadlock
def tuboids_claim(*, user: User, mode: str, number: int, known: Collection[int] = ()) -> list[int]:
    """The ids of the `number` tuboids that a person has before them, fewer where there are no more.

    They keep those that are of this mode or `known` to their page; more are reserved, nobody else having them.
    """
    now = timezone.now()
    for _ in range(_ATTEMPTS):
        Reservation.objects.filter(expires__lt=now).delete()
        try:
            with transaction.atomic():
                return _claim(user, mode, number, known, now)
        except IntegrityError:
            continue  # somebody was quicker
    raise Unavailable("many people are labelling just now: try again")


@retry_on_deadlock
def tuboid_claim(*, user: User, tuboid: int) -> None:
    """Reserves a given tuboid, skipped or not. Raises Conflict where another person has it, NotFound if it is gone."""
    _reserve(user, tuboid)


@retry_on_deadlock
def label_put(*, tuboid: int, taxon: int, user: User, confidence: str = "", note: str = "") -> ITCLabel:
    """Stores what a person says a tuboid is, and ends its reservation.

    Raises:
        NotFound: the tuboid or the taxon is not there.
    """
    said = Taxon.objects.filter(pk=taxon).first()
    tuboid_id = TiledTuboid.objects.filter(pk=tuboid).values_list("tuboid_id", flat=True).first()
    if said is None or tuboid_id is None:
        raise NotFound(f"this {'taxon' if said is None else 'tuboid'} is not there any more")
    with transaction.atomic():
        (label,) = labels_put(new_labels=[_new_label(tuboid_id, said, user)], user=user)
        if confidence or note:
            Remark.objects.create(label=label, confidence=confidence, note=note)
        Reservation.objects.filter(tuboid=tuboid, user=user).delete()
    return label


@retry_on_deadlock
def label_undo(*, label: int, user: User) -> int:
    """Deletes a label that this person gave, and gives them its tuboid back. Returns the tuboid's id.

    Raises:
        NotFound: it is not there, or not theirs.
        Conflict: another person has the tuboid before them; nothing is changed.
    """
    with transaction.atomic():
        own = ITCLabel.objects.filter(pk=label, algo_name=algo_name(user))
        tuboid = own.values_list("parent_tuboid_id", flat=True).first()
        if tuboid is None:
            raise NotFound("this label is not there any more, or not one of yours")
        _reserve(user, tuboid)
        labels_delete(ids=[label])
    return tuboid


@retry_on_deadlock
def tuboid_skip(*, tuboid: int, user: User) -> None:
    """Leaves a tuboid to others. Raises NotFound where it is gone."""
    _refuse_missing(tuboid)
    with transaction.atomic():
        Skip.objects.get_or_create(tuboid_id=tuboid, user=user)
        Reservation.objects.filter(tuboid=tuboid, user=user).delete()


def skips_forget(*, user: User) -> int:
    """Brings back what a person skipped. Returns their number."""
    return Skip.objects.filter(user=user).delete()[0]


def progress(*, user: User, mode: str) -> dict[str, int]:
    """How many a person labelled today (UTC), how many are left and how many of them they skipped, up to `COUNTED`."""
    midnight = datetime.combine(timezone.now().astimezone(UTC).date(), datetime.min.time(), UTC)
    today = ITCLabel.objects.filter(algo_name=algo_name(user), algo_version__gte=f"{int(midnight.timestamp())}")
    left = _waiting(user, mode)[:COUNTED].count()
    return {"today": today[:COUNTED].count(), "left": left, "skipped": Skip.objects.filter(user=user)[:COUNTED].count()}


def _reserve(user: User, tuboid: int) -> None:
    now = timezone.now()
    _refuse_missing(tuboid)
    Reservation.objects.filter(tuboid=tuboid, expires__lt=now).delete()
    Reservation.objects.bulk_create([Reservation(tuboid_id=tuboid, user=user, expires=now)], ignore_conflicts=True)
    if not Reservation.objects.filter(tuboid=tuboid, user=user).update(expires=now + LIFETIME):
        raise Conflict("another person has this tuboid before them just now")
    Skip.objects.filter(tuboid=tuboid, user=user).delete()


def _refuse_missing(tuboid: int) -> None:
    if not TiledTuboid.objects.filter(pk=tuboid).exists():
        raise NotFound("this tuboid is not there any more")


def _waiting(user: User, mode: str) -> QuerySet[Standing]:
    """What is to be labelled: where no person has, or (`disputed`) where labels differ and theirs is missing."""
    if mode == "unlabelled":
        return Standing.objects.filter(n_people=0).order_by("tuboid_id")
    theirs = Opinion.objects.filter(source__name=algo_name(user), source__version="", tuboid=OuterRef("pk"))
    return Standing.objects.filter(~Exists(theirs), differs_at__lt=NOWHERE).order_by("differs_at", "tuboid_id")


def _claim(user: User, mode: str, number: int, known: Collection[int], now: datetime) -> list[int]:
    kept = _kept(user, mode, known, now)
    if len(kept) >= number:
        return kept
    reserved = Reservation.objects.filter(tuboid=OuterRef("pk"))
    skipped = Skip.objects.filter(tuboid=OuterRef("pk"), user=user)
    free = _waiting(user, mode).filter(~Exists(reserved), ~Exists(skipped))
    free = free.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    new = [standing.pk for standing in free[: number - len(kept)]]
    Reservation.objects.bulk_create(Reservation(tuboid_id=pk, user=user, expires=now + LIFETIME) for pk in new)
    return kept + new


def _kept(user: User, mode: str, known: Collection[int], now: datetime) -> list[int]:
    """The tuboids that a person has, for longer now; those of another mode are given back."""
    own = Reservation.objects.filter(user=user)
    held = list(own.order_by("tuboid_id").values_list("tuboid_id", flat=True))
    wanted = {*known, *_waiting(user, mode).filter(pk__in=held).values_list("pk", flat=True)}
    own.filter(tuboid__in=[pk for pk in held if pk not in wanted]).delete()
    own.update(expires=now + LIFETIME)
    return [pk for pk in held if pk in wanted]


def _new_label(tuboid_id: str, taxon: Taxon, user: User) -> NewLabel:
    digest = hashlib.md5(f"{user.username} {tuboid_id} {taxon.path} {time.time_ns()}".encode()).hexdigest()
    return NewLabel(
        tuboid_id=tuboid_id,
        algo_name=algo_name(user),
        algo_version=f"{int(time.time())}-{digest}",
        label=taxon.label,
        pattern=taxon.pattern,
        type=taxon.type,
        **{rank: getattr(taxon, rank) for rank in TAXONOMY},
    )
