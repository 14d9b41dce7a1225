"""Gives items to a worker, within a transaction of the caller's."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F

from accounts.models import User
from work.kinds import KINDS, Kind
from work.models import Lease, Task

_HOLDER = 98


@dataclass(frozen=True)
class Call:
    """Who asks for items of a task, and what marks those that they get."""

    task: Task
    token: str
    holder: str
    now: datetime
    ends: datetime

    @property
    def kind(self) -> Kind:
        """Of its task."""
        return KINDS[self.task.kind]


def new_call(task: Task, user: User, worker: str, now: datetime, length: timedelta) -> Call:
    """A call by one worker of a user's."""
    holder = " ".join(filter(None, (user.username, worker)))[:_HOLDER]
    return Call(task, f"{task.kind}-{secrets.token_hex(16)}", holder, now, now + length)


def give(call: Call, items: Collection[int]) -> list[int]:
    """Those of the items that the worker gets now: nobody has got, or done, them meanwhile.

    Who is quicker gets an item: a lease is inserted only where there is none.
    """
    manager: Any = call.kind.leases._default_manager
    leases = manager.filter(item__in=items, task=call.task)
    given = {"token": call.token, "holder": call.holder, "ends": call.ends}
    leases.filter(state=Lease.HELD, ends__lte=call.now).update(**given, attempts=F("attempts") + 1)
    new = [call.kind.leases(item_id=pk, task=call.task, **given) for pk in sorted(items)]
    manager.bulk_create(new, ignore_conflicts=True)
    ours = leases.filter(token=call.token)
    # Somebody without a lease may have done one of them since it was found to be open.
    done = Exists(call.kind.result(call.task, "item"))
    ours.filter(done).update(state=Lease.DONE, ends=call.now)
    return sorted(ours.filter(state=Lease.HELD).values_list("item_id", flat=True))
