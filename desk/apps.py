"""The app of the curators' desk."""

from django.apps import AppConfig
from django.contrib import admin


class DeskConfig(AppConfig):
    """Makes the fleet the home of the admin."""

    name = "desk"

    def ready(self) -> None:
        """Its context comes from `desk.fleet.views.dashboard`."""
        admin.site.index_template = "fleet/fleet.html"
