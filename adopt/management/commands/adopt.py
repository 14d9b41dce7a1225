"""`manage.py adopt`: takes over the database of the published service."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connection
from django.db import Error as DatabaseError

from adopt.backup import BackupFailed
from adopt.existing import is_adopted, read_existing
from adopt.findings import Effect, find
from adopt.report import report
from adopt.steps import Incomplete, adopt, steps_done
from sticky_pi_api.core.errors import Unavailable
from stickypi.checks import check_server
from stickypi.db.adoption import awaits_adoption
from stickypi.db.locks import advisory_locks


class Command(BaseCommand):
    help = (
        "Takes over the database of the published Sticky Pi service, of 2020/21 or 2022/23, in place. Stop that "
        "service first. If it is killed, run it again: it goes on. See docs/moving-in.md."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="say what is there and what would be done; no change")
        backup = parser.add_mutually_exclusive_group()
        backup.add_argument(
            "--backup", type=Path, metavar="FILE", help="of the backup, .sql.gz; default: in the data folder"
        )
        backup.add_argument("--no-backup", action="store_true", help="there is one already")

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_database()
        if not awaits_adoption(connection):
            self._say_that_there_is_nothing_to_do()
        elif options["check"]:
            self._check()
        else:
            self._adopt(None if options["no_backup"] else options["backup"] or _default_backup())

    def _check_database(self) -> None:
        if connection.vendor != "mysql":
            raise CommandError("the database is SQLite: set MYSQL_HOST and the like to the service's database")
        for error in check_server(DEFAULT_DB_ALIAS):
            raise CommandError(
                f"{error.msg}. Dump the database, load it there and adopt it there: see docs/moving-in.md"
            )

    def _say_that_there_is_nothing_to_do(self) -> None:
        if not is_adopted():
            raise CommandError(
                f"the database {connection.settings_dict['NAME']} has no tables of the published service: "
                "look at MYSQL_DATABASE; for a new installation run `manage.py migrate`"
            )
        self.stdout.write("Nothing to do: the database is this server's.")

    def _check(self) -> None:
        if steps_done():
            self.stdout.write("An adoption has begun and not ended: run `manage.py adopt`, it goes on.")
            return
        existing = read_existing()
        findings = find(existing)
        for line in report(existing, findings):
            self.stdout.write(line)
        if any(finding.effect is Effect.IN_THE_WAY for finding in findings):
            raise CommandError("it cannot be adopted before what is in the way is put right")

    def _adopt(self, backup: Path | None) -> None:
        try:
            with advisory_locks(["adopt"]):
                if not awaits_adoption(connection):  # another one has just done it
                    return
                if not steps_done():
                    self._refuse()
                adopt(backup, self._say)
        except Unavailable:
            raise CommandError("another `adopt` is at work, or one that was killed still ends: try again") from None
        except BackupFailed as error:
            raise CommandError(f"no backup, and nothing was changed: {error}") from error
        except Incomplete as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"the database says {error}. When that is put right, run it again: it goes on"
            ) from error
        self.stdout.write("Adopted. Now `manage.py check --deploy --database default`, `manage.py verify`, and start.")

    def _refuse(self) -> None:
        if found := [finding for finding in find(read_existing()) if finding.effect is Effect.IN_THE_WAY]:
            listed = "\n".join(f"  {finding}" for finding in found)
            raise CommandError(f"it cannot be adopted, and nothing was changed. In the way:\n{listed}")

    def _say(self, line: str) -> None:
        self.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}")
        self.stdout.flush()


def _default_backup() -> Path:
    name = f"{connection.settings_dict['NAME']}-before-adopt-{datetime.now(UTC):%Y%m%d-%H%M%S}.sql.gz"
    return Path(settings.CONFIGURATION.data_dir) / "backups" / name
