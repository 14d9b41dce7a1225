"""Writes of work: leases that are extended, given back, failed and ended, and what matchers have done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.work import FAILURES, Held, LeaseState, refuse_lost
from sticky_pi_api.core.work import MatchedSeries as Matched
from stickypi.db.deadlocks import retry_on_deadlock
from work.kinds import KINDS, Kind, kind_of, tasks_of
from work.models import Lease, MatchedSeries, Sweep, Task

_CHUNK = 2000


@dataclass(frozen=True)
class Result:
    """What an algorithm has found about an item, in the name of a lease if it has one."""

    index: int
    item: int
    lease: str | None


@retry_on_deadlock
def leases_extend(*, held: Held) -> tuple[list[int], datetime]:
    """Lets a worker keep items longer. Returns those that it still has, and until when."""
    ends = timezone.now() + timedelta(seconds=held.seconds)
    with transaction.atomic():
        ours, items = _ours(held)
        ours.update(ends=ends)
    return items, ends


@retry_on_deadlock
def leases_return(*, held: Held) -> list[int]:
    """Ends leases at once, so that other workers get the items. Returns those that the worker still had."""
    with transaction.atomic():
        ours, items = _ours(held)
        ours.update(token="", ends=timezone.now())
    return items


@retry_on_deadlock
def leases_fail(*, held: Held) -> tuple[list[int], list[int]]:
    """Notes that items could not be done. Returns those that the worker still had, and which of them are set aside."""
    with transaction.atomic():
        ours, items = _ours(held)
        state = Case(When(failures__gte=FAILURES - 1, then=Value(Lease.ASIDE)), default=Value(Lease.HELD))
        aside = sorted(ours.filter(failures__gte=FAILURES - 1).values_list("item_id", flat=True))
        # The state first: MariaDB computes the columns of an update one after the other.
        ours.update(state=state, failures=F("failures") + 1, reason=held.reason, token="", ends=timezone.now())
    return items, aside


@retry_on_deadlock
def leases_try_again(*, kind: str, ids: Collection[int]) -> int:
    """Takes leases that were set aside back among the work that is open. Returns their number."""
    aside = KINDS[kind].leases._default_manager.filter(pk__in=ids, state=Lease.ASIDE)
    return aside.update(state=Lease.HELD, failures=0, ends=timezone.now())


def leases_finish(*, kind: str, results: Mapping[tuple[str, str], Sequence[Result]]) -> None:
    """Ends leases of items whose results are being stored, in the same transaction.

    Args:
        results: by name and version of the algorithm.

    Raises:
        Conflict: a worker had a lease that is not its any more: its `items` say of which results.
    """
    tasks = tasks_of(kind, list(results))
    for algorithm, found in results.items():
        task = tasks.get(algorithm)
        refuse_lost((each.index, None) for each in found if each.lease and not task)
        for chunk in chunker(found, _CHUNK) if task else ():
            _finish(KINDS[kind], task, chunk)


def leases_reopen(*, kind: str, results: QuerySet[Any]) -> None:
    """Makes what will be without a result work again, in the same transaction.

    Args:
        results: what is about to be deleted.
    """
    pairs = set(results.order_by().values_list("algo_name", "algo_version").distinct())
    tasks = [task.pk for task in tasks_of(kind, list(pairs)).values()]
    if not tasks:
        return
    Sweep.objects.filter(task__in=tasks).delete()
    leases = KINDS[kind].leases._default_manager
    items = results.order_by().values(KINDS[kind].parent)
    leases.filter(pk__in=list(leases.filter(task__in=tasks, item__in=items).values_list("pk", flat=True))).delete()


@retry_on_deadlock
def matched_series_put(*, series: Matched, user: User) -> MatchedSeries:
    """Notes what a matcher has done; the last time counts."""
    values = asdict(series)
    counts = {name: values.pop(name) for name in ("n_images", "n_tuboids")}
    for name in ("start_datetime", "end_datetime"):
        values[name] = values[name].replace(tzinfo=UTC)
    defaults = {**counts, "done_at": timezone.now(), **user.signature}
    return MatchedSeries.objects.update_or_create(**values, defaults=defaults)[0]


def _ours(held: Held) -> tuple[QuerySet[Any], list[int]]:
    """The leases that a worker still has, locked, and their items. Raises InvalidInput for what is no token."""
    kind = kind_of(held.token)
    if kind is None:
        raise InvalidInput(f"'token': {shown(held.token)} is not the token of a lease")
    leases = kind.leases._default_manager.filter(token=held.token, state=Lease.HELD)
    if held.items is not None:
        leases = leases.filter(item__in=held.items)
    locked = sorted(leases.select_for_update().values_list("pk", "item_id"))
    ours = kind.leases._default_manager.filter(pk__in=[pk for pk, _ in locked])
    return ours, sorted(item for _, item in locked)


def _finish(kind: Kind, task: Task | None, results: Sequence[Result]) -> None:
    found = kind.leases._default_manager.filter(task=task, item__in=[each.item for each in results])
    leases: dict[int, Lease] = {lease.item_id: lease for lease in found.select_for_update().order_by("item_id")}
    quoted = [(each, leases.get(each.item)) for each in results if each.lease]
    refuse_lost((each.index, _state(lease)) for each, lease in quoted if lease is None or lease.token != each.lease)
    if leases:
        ids = [lease.pk for lease in leases.values()]
        kind.leases._default_manager.filter(pk__in=ids).update(state=Lease.DONE, ends=timezone.now())


def _state(lease: Lease | None) -> LeaseState | None:
    if lease is None:
        return None
    ends = f"{lease.ends:%Y-%m-%d %H:%M:%S}"
    return LeaseState(lease.token, lease.holder, ends, lease.state == Lease.ASIDE, lease.reason)
