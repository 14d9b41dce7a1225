"""Notes changes, and numbers them without gaps.

Ids that a database hands out are no order to read by: a transaction may commit after another that began later, and
who has read the later one's id never asks for the earlier one's. So a change is written without a number, in the
transaction that makes it, and writers wait for nothing. Who reads the feed first numbers what has been committed
meanwhile, alone by the lock of one row, in one transaction: who sees a number sees all those before it, for ever.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from changes.models import COLUMNS, Change, ChangeCounter, Kind, PendingChange
from sticky_pi_api.core.chunks import chunker
from stickypi.db.deadlocks import retry_on_deadlock

_ROWS_PER_INSERT = 500
_AT_ONCE, _ROUNDS = 500, 10


class Row(NamedTuple):
    """What a change says of a row."""

    id: int
    device: str
    name: str


def changes_note(*, kind: Kind, action: Literal["came", "went"], rows: Iterable[Row]) -> None:
    """Notes that rows came or went, in the transaction that is open."""
    now = timezone.now()
    for chunk in chunker(rows, _ROWS_PER_INSERT):
        PendingChange.objects.bulk_create(
            PendingChange(kind=kind, action=action, row_id=row.id, device=row.device, name=row.name, datetime=now)
            for row in chunk
        )


def changes_number() -> None:
    """Numbers changes that are committed: all, or where they are many, the first of them."""
    for _ in range(_ROUNDS):
        if not PendingChange.objects.exists() or _number_some() < _AT_ONCE:
            return


@retry_on_deadlock
def _number_some() -> int:
    with transaction.atomic():
        counter, _ = ChangeCounter.objects.select_for_update().get_or_create(pk=1)
        # Those that are committed; of the others nothing is seen, nor waited for.
        pending = list(PendingChange.objects.order_by("pk")[:_AT_ONCE])
        Change.objects.bulk_create(_numbered(change, counter.last + n) for n, change in enumerate(pending, start=1))
        _forget(pending)
        ChangeCounter.objects.filter(pk=1).update(last=counter.last + len(pending))
    return len(pending)


def _numbered(change: PendingChange, number: int) -> Change:
    return Change(pk=number, **{column: getattr(change, column) for column in COLUMNS})


def _forget(pending: list[PendingChange]) -> None:
    """One by one: to find many, MariaDB may go over all rows, and would wait for those that others are writing."""
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM pending_changes WHERE id = %s", [(change.pk,) for change in pending])
