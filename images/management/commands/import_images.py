"""Stores rows of images whose files are not kept, from CSV with a header; those that are there stay as they are."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from images.services import images_import
from images.table_file import read_images
from sticky_pi_api.core.errors import APIError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="device,datetime,md5,width,height[,temp,hum,bat,...]")
        parser.add_argument("--user", required=True, help="who is said to have uploaded them")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"there is no user {options['user']!r}")
        try:
            n_stored = images_import(records=read_images(options["file"]), user=user)
        except (APIError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{n_stored} images stored, without files.")
