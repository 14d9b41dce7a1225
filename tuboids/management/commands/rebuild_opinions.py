"""Works out anew what labels say of each tuboid, e.g. after rows came in past the server."""

from typing import Any

from django.core.management.base import BaseCommand

from tuboids.opinions import rebuild


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        n_tuboids = rebuild()
        self.stdout.write(f"The opinions on {n_tuboids:,d} tuboids are up to date.")
