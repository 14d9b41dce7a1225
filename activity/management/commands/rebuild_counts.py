"""Counts images and captures anew, e.g. after rows came in past the server; with --check, only says what is wrong."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activity import recount, services


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail if counts are wrong.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if check:
            if n_wrong := recount.differences():
                raise CommandError(f"{n_wrong:,d} counts are wrong: run manage.py rebuild_counts.")
            self.stdout.write("The counts are right.")
            return
        start = time.monotonic()
        services.rebuild()
        self.stdout.write(f"All is counted anew, in {time.monotonic() - start:.1f} s.")
