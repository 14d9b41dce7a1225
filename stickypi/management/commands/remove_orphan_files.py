"""`manage.py remove_orphan_files`: removes files that a fault left without a row."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from stickypi.storage.pending_files import remove_orphans_older_than


class Command(BaseCommand):
    help = "Removes files that a fault (a kill, a storage that was away) left without a row. Run it at start and daily."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=float, default=300, metavar="SECONDS", help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        removed = remove_orphans_older_than(options["older_than"])
        if options["verbosity"]:
            self.stdout.write(
                f"{removed.files} files without a row removed, {removed.notes} notes of pending files settled"
            )
