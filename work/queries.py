"""Reads of work: how far each task is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from sticky_pi_api.core.work import KINDS
from work import kinds
from work.kinds import Kind
from work.models import Lease, Task

_HOUR = timedelta(hours=1)
_SHORTEST = 60.0  # seconds over which a speed is told


@dataclass(frozen=True)
class Progress:
    """How far a task is. `n_open` is over all that is stored; `per_hour` of the last hour; None where unknown."""

    task: Task
    n_open: int
    n_held: int
    n_done: int
    n_failed: int
    per_hour: int
    seconds_left: int | None


def progress() -> list[Progress]:
    """Of all tasks, by algorithm; the latest version first."""
    now = timezone.now()
    return [each for kind in KINDS for each in _progress(kinds.KINDS[kind], now)]


def held(kind: Kind, most: int) -> list[Lease]:
    """The leases that workers have, those first that end first."""
    found = kind.leases._default_manager.filter(state=Lease.HELD, ends__gt=timezone.now())
    return _with_items(kind, found.order_by("ends", "pk"), most)


def set_aside(kind: Kind, most: int) -> list[Lease]:
    """What failed too often, the last first."""
    found = kind.leases._default_manager.filter(state=Lease.ASIDE)
    return _with_items(kind, found.order_by("-ends", "-pk"), most)


def _with_items(kind: Kind, found: QuerySet[Any], most: int) -> list[Lease]:
    item = "item__parent_series" if kind.name == "tuboids" else "item"
    return list(found.filter(task__in=_ids(kind)).select_related("task", item)[:most])


def _ids(kind: Kind) -> list[int]:
    """The tasks, so that their leases are found in the index."""
    return list(Task.objects.filter(kind=kind.name).values_list("pk", flat=True))


def _progress(kind: Kind, now: datetime) -> list[Progress]:
    tasks = list(Task.objects.filter(kind=kind.name).order_by("algo_name", "-algo_version"))
    if not tasks:
        return []
    n_items = kind.items._default_manager.count()
    done, leases = _done(kind, tasks), _leases(kind, tasks, now)
    return [
        _of_task(task, n_items, done.get((task.algo_name, task.algo_version), 0), leases.get(task.pk, {}), now)
        for task in tasks
    ]


def _done(kind: Kind, tasks: Sequence[Task]) -> dict[tuple[str, str], int]:
    wanted = Q(pk__in=())
    for task in tasks:
        wanted |= Q(algo_name=task.algo_name, algo_version=task.algo_version)
    found = kind.results._default_manager.filter(wanted).order_by().values_list("algo_name", "algo_version")
    return {(name, version): number for name, version, number in found.annotate(number=Count("pk"))}


def _leases(kind: Kind, tasks: Sequence[Task], now: datetime) -> dict[int, Mapping[str, Any]]:
    found = kind.leases._default_manager.filter(task__in=[task.pk for task in tasks]).order_by().values("task")
    recent = Q(state=Lease.DONE, ends__gt=now - _HOUR)
    return {
        row["task"]: row
        for row in found.annotate(
            held=Count("pk", filter=Q(state=Lease.HELD, ends__gt=now)),
            aside=Count("pk", filter=Q(state=Lease.ASIDE)),
            recent=Count("pk", filter=recent),
            first=Min("ends", filter=recent),
        )
    }


def _of_task(task: Task, n_items: int, n_done: int, leases: Mapping[str, Any], now: datetime) -> Progress:
    n_held, n_failed = leases.get("held", 0), leases.get("aside", 0)
    n_open = max(0, n_items - n_done - n_held - n_failed)
    per_second = 0.0
    if leases.get("recent"):
        per_second = leases["recent"] / max(_SHORTEST, (now - leases["first"]).total_seconds())
    left = round((n_open + n_held) / per_second) if per_second else None
    return Progress(task, n_open, n_held, n_done, n_failed, round(per_second * 3600), left)
