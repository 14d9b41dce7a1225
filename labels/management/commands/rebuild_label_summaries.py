"""Works out anew what the labels of each tuboid add up to, e.g. after rows came in past the server."""

from typing import Any

from django.core.management.base import BaseCommand

from labels.summaries import rebuild


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        n_tuboids = rebuild()
        self.stdout.write(f"The label summaries of {n_tuboids:,d} tuboids are up to date.")
