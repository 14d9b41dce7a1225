"""Who has which tuboids before them to label: reserved, so that nobody else gets them; and skipped, left to others."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from labels.models import LatestLabel, Reservation, Skip
from sticky_pi_api.core.errors import Conflict, NotFound, Unavailable
from sticky_pi_api.core.people import person_algo_name
from stickypi.db.deadlocks import retry_on_deadlock
from tuboids.models import TiledTuboid
from tuboids.services import tuboids_lock

RESERVED_FOR = timedelta(minutes=5)
MODES = ("unlabelled", "disputed")
_ATTEMPTS = 20


def to_label(user: User, mode: str) -> QuerySet[TiledTuboid]:
    """The tuboids that no person has labelled; or (`disputed`) whose labels differ, and this person gave none."""
    if mode == "unlabelled":
        return TiledTuboid.objects.filter(n_people=0).order_by("pk")
    source = {"source__name": person_algo_name(user.username), "source__version": ""}
    theirs = LatestLabel.objects.filter(**source, tuboid=OuterRef("pk"))
    return TiledTuboid.objects.filter(~Exists(theirs), differs_at__isnull=False).order_by("differs_at", "pk")


@retry_on_deadlock
def tuboids_reserve(*, user: User, mode: str, number: int, known: Collection[int] = (), window: str = "") -> list[int]:
    """The ids of the `number` tuboids that a person has before them in a window, fewer where there are no more.

    They keep those that are of this mode or `known` to their page; more are reserved, nobody else having them.
    """
    now = timezone.now()
    for _ in range(_ATTEMPTS):
        Reservation.objects.filter(expires__lt=now).delete()
        try:
            with transaction.atomic():
                kept = _keep(user, window, mode, known, now)
                return kept + _reserve_more(user, window, mode, number - len(kept), now)
        except IntegrityError:
            continue  # somebody was quicker
    raise Unavailable("many people are labelling just now: try again")


@retry_on_deadlock
def tuboid_reserve(*, user: User, tuboid: int, window: str = "") -> None:
    """Reserves a given tuboid, skipped or not. Another window of this person loses it.

    Raises:
        NotFound: it is not there.
        Conflict: another person has it; nothing is changed.
    """
    now = timezone.now()
    with transaction.atomic():
        _lock(tuboid)
        Reservation.objects.filter(tuboid=tuboid, expires__lt=now).delete()
        reservation = {"user": user, "window": window, "expires": now + RESERVED_FOR}
        stored, is_new = Reservation.objects.get_or_create(tuboid_id=tuboid, defaults=reservation)
        if stored.user_id != user.pk:
            raise Conflict("another person has this tuboid before them just now")
        if not is_new:
            Reservation.objects.filter(tuboid=tuboid).update(window=window, expires=now + RESERVED_FOR)
        Skip.objects.filter(tuboid=tuboid, user=user).delete()


@retry_on_deadlock
def tuboid_skip(*, tuboid: int, user: User) -> None:
    """Leaves a tuboid to others. Raises NotFound where it is gone."""
    with transaction.atomic():
        _lock(tuboid)
        Skip.objects.get_or_create(tuboid_id=tuboid, user=user)
        Reservation.objects.filter(tuboid=tuboid, user=user).delete()


def skips_delete(*, user: User) -> int:
    """Brings back what a person skipped. Returns their number."""
    return Skip.objects.filter(user=user).delete()[0]


def _lock(tuboid: int) -> None:
    if not tuboids_lock(ids=[tuboid]):
        raise NotFound("this tuboid is not there any more")


def _keep(user: User, window: str, mode: str, known: Collection[int], now: datetime) -> list[int]:
    """The tuboids that a window of a person has, for longer now; those of another mode are given back."""
    own = Reservation.objects.filter(user=user, window=window)
    held = list(own.order_by("tuboid_id").values_list("tuboid_id", flat=True))
    wanted = {*known, *to_label(user, mode).filter(pk__in=held).values_list("pk", flat=True)}
    own.filter(tuboid__in=[pk for pk in held if pk not in wanted]).delete()
    own.update(expires=now + RESERVED_FOR)
    return [pk for pk in held if pk in wanted]


def _reserve_more(user: User, window: str, mode: str, number: int, now: datetime) -> list[int]:
    if number <= 0:
        return []
    reserved = Reservation.objects.filter(tuboid=OuterRef("pk"))
    skipped = Skip.objects.filter(tuboid=OuterRef("pk"), user=user)
    free = to_label(user, mode).filter(~Exists(reserved), ~Exists(skipped))
    free = free.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    new = list(free.values_list("pk", flat=True)[:number])
    expires = now + RESERVED_FOR
    Reservation.objects.bulk_create(Reservation(tuboid_id=pk, user=user, window=window, expires=expires) for pk in new)
    return new
