"""Takes work: items that a version of an algorithm has not done, each for one worker at a time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from sticky_pi_api.core.errors import TooLarge
from sticky_pi_api.core.info import Series
from sticky_pi_api.core.limits import LEASED_RANGES
from sticky_pi_api.core.series import Range, device_ranges
from sticky_pi_api.core.work import Asked
from stickypi.db.deadlocks import retry_on_deadlock
from work.kinds import KINDS, Kind
from work.leasing import Call, give, new_call
from work.models import Lease, Sweep, Task

_SWEPT_FOR = timedelta(days=1)
_DONE_KEPT = timedelta(days=1)
_FORGOTTEN = 2000  # leases that a call forgets at most
_SETTLED = timedelta(minutes=1)  # after which no transaction is open that inserted an item


@dataclass(frozen=True)
class Taken:
    """What a worker got: the ids of items, and (where these are fewer than it asked for) how many others have."""

    token: str
    ends: datetime
    items: Sequence[int]
    n_held: int


@retry_on_deadlock
def items_take(*, kind: str, asked: Asked, series: Sequence[Series], user: User) -> Taken:
    """Leases items of these series to a worker.

    First those that were given back, failed or are overdue; then new ones, by id, from where the last call has come to.

    Raises:
        TooLarge: the series come to too many ranges.
    """
    what, now = KINDS[kind], timezone.now()
    choice = _in_series(what, series)
    task = task_of(kind, asked.algo_name, asked.algo_version)
    call = new_call(task, user, asked.worker, now, timedelta(seconds=asked.seconds))
    with transaction.atomic():
        got = give(call, _open_again(call, choice, asked.n))
        if len(got) < asked.n:
            got += _sweep(call, choice, _digest(series), asked.n - len(got))
    n_held = _n_held(call, choice) if len(got) < asked.n else 0
    return Taken(call.token, call.ends, sorted(got), n_held)


def task_of(kind: str, algo_name: str, algo_version: str) -> Task:
    """The task, made if there is none."""
    return Task.objects.get_or_create(kind=kind, algo_name=algo_name, algo_version=algo_version)[0]


def _in_series(kind: Kind, series: Sequence[Series]) -> Q:
    ranges = device_ranges(series, kind.devices())
    if (number := _n_ranges(ranges)) > LEASED_RANGES:
        raise TooLarge(f"this chooses {number:,} ranges of datetimes of devices: work takes at most {LEASED_RANGES:,}")
    return kind.in_ranges(ranges)


def _n_ranges(ranges: Mapping[str, Sequence[Range]]) -> int:
    """How many conditions they are: one, where all devices have the same."""
    spans = {tuple(of_device) for of_device in ranges.values()}
    return 1 if len(spans) == 1 and len(next(iter(spans))) == 1 else sum(map(len, ranges.values()))


def _digest(series: Sequence[Series]) -> str:
    texts = sorted({f"{each.device} {each.start_datetime} {each.end_datetime}" for each in series})
    return hashlib.md5("\n".join(texts).encode(), usedforsecurity=False).hexdigest()


def _open_again(call: Call, choice: Q, number: int) -> list[int]:
    """Items whose lease has ended without a result; those that another call takes just now are passed over."""
    ended = call.kind.leases._default_manager.filter(
        _item_is(call.kind, choice), task=call.task, state=Lease.HELD, ends__lte=call.now
    )
    ended = ended.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return list(ended.order_by("ends").values_list("item_id", flat=True)[:number])


def _item_is(kind: Kind, choice: Q) -> Exists:
    return Exists(kind.items._default_manager.filter(choice, pk=OuterRef("item")))


def _sweep(call: Call, choice: Q, digest: str, number: int) -> list[int]:
    """New items. One call of a task at a time: where each begins depends on the one before."""
    Task.objects.select_for_update().get(pk=call.task.pk)
    _forget(call)
    sweep, _ = Sweep.objects.get_or_create(task=call.task, choice=digest, defaults={"started": call.now})
    items: Any = call.kind.items._default_manager
    leased = call.kind.leases._default_manager.filter(item=OuterRef("pk"), task=call.task)
    new = items.filter(choice, ~Exists(call.kind.result(call.task, "pk")), ~Exists(leased), pk__gt=sweep.position)
    found = list(new.order_by("pk").values_list("pk", flat=True)[:number])
    got = give(call, found) if found else []
    reached = found[-1] if len(found) == number else None
    if position := _settled(items, sweep.position, reached, call.now):
        Sweep.objects.filter(pk=sweep.pk).update(position=position)
    return got


def _settled(items: Any, position: int, reached: int | None, now: datetime) -> int | None:
    """How far a sweep has come: not beyond items that are so new that others with lower ids may appear."""
    beyond = items.filter(pk__gt=position, datetime_created__lte=now - _SETTLED)
    if reached is not None:
        beyond = beyond.filter(pk__lte=reached)
    return beyond.order_by("-pk").values_list("pk", flat=True).first()


def _forget(call: Call) -> None:
    """What is not asked about any more: choices, and what was done (its results say so) long ago."""
    Sweep.objects.filter(task=call.task, started__lte=call.now - _SWEPT_FOR).delete()
    leases = call.kind.leases._default_manager
    old = leases.filter(task=call.task, state=Lease.DONE, ends__lte=call.now - _DONE_KEPT)
    if ids := list(old.values_list("pk", flat=True)[:_FORGOTTEN]):
        leases.filter(pk__in=ids).delete()


def _n_held(call: Call, choice: Q) -> int:
    others = call.kind.leases._default_manager.filter(
        _item_is(call.kind, choice), task=call.task, state=Lease.HELD, ends__gt=call.now
    )
    return others.exclude(token=call.token).count()
