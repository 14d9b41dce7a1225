"""Adds the taxa of a file to those that labelling offers: CSV with a header, or a JSON list of objects."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labels.taxa import taxa_import
from labels.taxonomy_file import read_taxonomy
from sticky_pi_api.core.errors import InvalidInput


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="type,order,family,genus,species[,label,pattern,common_name]")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added, updated = taxa_import(taxa=read_taxonomy(options["file"].read_bytes()))
        except (InvalidInput, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{added} taxa added, {updated} updated.")
