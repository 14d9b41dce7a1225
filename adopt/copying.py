"""Rows of the published service into our tables, by ranges of ids: a statement stores all of its rows or none."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection, models

from accounts.models import User
from adopt.columns import join_writer, quoted, sources
from adopt.existing import WAITING_USERS, Existing, Table, target_of
from adopt.orphans import ORPHANS, join_parents, keep_orphans

_ROWS = 5000  # a statement

_SECONDS = 10  # between two reports

Say = Callable[[str], None]


def copy_table(model: type[models.Model], existing: Existing, say: Say) -> None:
    """Copies the rows that are not there yet, in order of id, with their ids; orphans to a table of their own."""
    table = existing.of(model)
    if table is None:
        return
    target, columns = target_of(model), sources(model, table)
    names = ", ".join(map(quoted, columns))
    users = existing.tables["users"].stored_as if model is User else WAITING_USERS
    copy = (
        f"INSERT INTO {quoted(target)} ({names}) SELECT {', '.join(columns.values())} "
        f"FROM {quoted(table.stored_as)} o {join_parents(model)} {join_writer(table, users)} "
        "WHERE o.id > %s AND o.id <= %s ORDER BY o.id"
    )
    last = _one(f"SELECT COALESCE(MAX(id), 0) FROM {quoted(target)}")
    n_rows, n_copied, reported = count(table.stored_as), count(target), time.monotonic()
    while (upto := _end_of_range(table, last)) is not None:
        with connection.cursor() as cursor:
            n_copied += cursor.execute(copy, [last, upto])
        last = upto
        if time.monotonic() > reported + _SECONDS:
            say(f"  {table.name}: {n_copied:,d} of {n_rows:,d} rows")
            reported = time.monotonic()
    _complete(table, target)
    n_orphans = keep_orphans(model, table)
    orphans = f"; {n_orphans:,d} orphans are in {ORPHANS}{table.name}" if n_orphans else ""
    say(f"  {table.name}: {n_copied:,d} rows{orphans}")


def count(table: str) -> int:
    """The number of rows of a table."""
    return int(_one(f"SELECT COUNT(*) FROM {quoted(table)}"))


def count_copied(table: Table, target: str) -> int:
    """How many of its rows are among ours: the same, not others that got their ids, or orphans in their own table."""
    same = "n.id = o.id AND n.datetime_created = o.datetime_created"
    copied = f"SELECT COUNT(*) FROM {quoted(table.stored_as)} o JOIN {{}} n ON {same}"
    kept = ORPHANS + table.name
    orphans = _one(copied.format(quoted(kept))) if kept in connection.introspection.table_names() else 0
    return int(_one(copied.format(quoted(target)))) + int(orphans)


def _end_of_range(table: Table, last: int) -> int | None:
    within = f"SELECT id FROM {quoted(table.stored_as)} WHERE id > %s ORDER BY id LIMIT {_ROWS}"
    end: int | None = _one(f"SELECT MAX(id) FROM ({within}) ids", last)
    return end


def _complete(table: Table, target: str) -> None:
    """No id that a deleted row had is given again."""
    following = _one(
        "SELECT auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s",
        table.stored_as,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {quoted(target)} AUTO_INCREMENT = {int(following or 1)}")
        cursor.execute(f"ANALYZE TABLE {quoted(target)}")  # the first queries are planned as all others


def _one(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        (value,) = cursor.fetchone()
    return value
