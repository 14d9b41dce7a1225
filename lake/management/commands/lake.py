"""`manage.py lake`: brings the Parquet copy of images, annotations, captures and labels up to date."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lake.dataset import Dataset
from lake.services import lake_update
from sticky_pi_api.core.errors import APIError


class Command(BaseCommand):
    help = (
        "Writes what has changed into a Parquet dataset, partitioned by year and month, for DuckDB, Dask and others: "
        "see docs/lake.md. Run it as often as readers want news."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: lake/ where the server keeps its files")
        parser.add_argument(
            "--keep", type=float, default=86_400, metavar="SECONDS", help="how long replaced files stay; default: a day"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.monotonic()
        try:
            run = lake_update(dataset=Dataset.configured(options["to"]), keep_seconds=options["keep"])
        except APIError as error:
            raise CommandError(error.detail) from error
        seconds = time.monotonic() - start
        rows = ", ".join(f"{n:,d} of {name}" for name, n in run.rows.items())
        self.stdout.write(
            f"{run.months} months written in {seconds:.1f} s ({rows}); {run.removed_files} old files removed"
        )
