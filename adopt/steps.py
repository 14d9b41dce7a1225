"""The steps of an adoption. Each may be killed at any moment: a next run goes on where the rows and `STEPS` say.

The published tables are set aside, `migrate` makes ours, and the rows are copied. So what comes out is what a new
installation has, whatever was there before; the old rows are not touched until the new ones have been counted.
"""

from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from accounts import services as accounts
from accounts.models import User
from activity import services as counts
from adopt.backup import back_up
from adopt.columns import quoted
from adopt.copying import Say, copy_table, count, count_copied
from adopt.existing import MODELS, PREFIX, WAITING_USERS, Existing, our_tables, read_existing, target_of
from adopt.project_series import adopt_all_series
from labels import summaries
from projects.models import Deployment
from stickypi.db.adoption import STEPS

_LOCK_SECONDS = 60  # that a statement waits for programs that still use a table


class Incomplete(Exception):
    """Rows are missing after the copy; the message says which."""


def adopt(backup: Path | None, say: Say) -> None:
    """Adopts the database, or goes on with it. Raises BackupFailed, before anything is changed, and Incomplete."""
    _execute(f"SET lock_wait_timeout = {_LOCK_SECONDS}")  # by default, a day
    done = steps_done()
    if "backup" not in done:
        _back_up(backup, say)
    elif done["backup"]:
        say(f"Going on; the backup is {done['backup']}")
    if "copied" not in done:
        _set_aside(read_existing(), say, tables_made="tables" in done)
        if "tables" not in done:
            _make_tables(say)
        _copy(read_existing(), say)
    _drop_existing(say)
    _let_users_in(say)


def steps_done() -> dict[str, str]:
    """The steps that are done, and what is to be remembered of each; none before the first run and after the last."""
    with connection.cursor() as cursor:
        if STEPS not in connection.introspection.table_names(cursor):
            return {}
        cursor.execute(f"SELECT step, detail FROM {STEPS}")
        return dict(cursor)


def _record(step: str, detail: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"REPLACE INTO {STEPS} (step, detail) VALUES (%s, %s)", [step, detail])


def _back_up(path: Path | None, say: Say) -> None:
    if path:
        say(f"Backing up to {path}")
        back_up(path)
    _execute(f"CREATE TABLE IF NOT EXISTS {STEPS} (step VARCHAR(32) PRIMARY KEY, detail VARCHAR(1024) NOT NULL)")
    _record("backup", str(path or ""))


def _set_aside(existing: Existing, say: Say, *, tables_made: bool) -> None:
    """In one statement: all of them or none."""
    if tables_made or all(table.stored_as != table.name for table in existing.tables.values()):
        return
    say("Setting the tables of the published service aside")
    renamed = (f"{quoted(name)} TO {quoted(PREFIX + name)}" for name in sorted(existing.tables))
    _execute(f"RENAME TABLE {', '.join(renamed)}")


def _make_tables(say: Say) -> None:
    """Makes ours, anew where a kill has left some: there is nothing in them."""
    say("Making the tables of this server")
    _drop({*our_tables(), WAITING_USERS})
    call_command("migrate", interactive=False, verbosity=0)
    User.objects.all().delete()  # the administrator whom the environment names: rows of old come first
    _execute(f"RENAME TABLE users TO {WAITING_USERS}")
    _record("tables")


def _copy(existing: Existing, say: Say) -> None:
    say("Copying the rows")
    for model in MODELS:
        copy_table(model, existing, say)
    adopt_all_series(existing.series)
    say("Working out what the labels of each tuboid add up to")
    summaries.rebuild()
    say("Counting images and captures")
    counts.rebuild()
    _check_counts(existing)
    _record("copied")


def _check_counts(existing: Existing) -> None:
    tables = [(table, target_of(model)) for model in MODELS if (table := existing.of(model))]
    found = {table.name: (count(table.stored_as), count_copied(table, target)) for table, target in tables}
    found["project series"] = sum(count(table.stored_as) for table in existing.series), Deployment.objects.count()
    if wrong := [f"{name}: {new:,d} of {old:,d}" for name, (old, new) in found.items() if old != new]:
        raise Incomplete(
            f"rows are missing ({'; '.join(wrong)}), and nothing was deleted. Another program has written meanwhile: "
            "stop it, load the backup and begin anew, see docs/moving-in.md"
        )


def _drop_existing(say: Say) -> None:
    existing = read_existing()
    if doomed := {table.stored_as for table in existing.tables.values() if table.stored_as != table.name}:
        say("Dropping the tables of the published service")
        _drop(doomed)


def _let_users_in(say: Say) -> None:
    say("Letting the users in")
    with connection.cursor() as cursor:
        is_waiting = WAITING_USERS in connection.introspection.table_names(cursor)
    if is_waiting:
        _execute(f"RENAME TABLE {WAITING_USERS} TO users")
    with transaction.atomic():
        accounts.after_migrate()  # groups, and the administrator whom the environment names
    _drop({STEPS})


def _drop(tables: set[str]) -> None:
    _execute("SET foreign_key_checks = 0")
    _execute(f"DROP TABLE IF EXISTS {', '.join(map(quoted, sorted(tables)))}")
    _execute("SET foreign_key_checks = 1")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
