"""The app of the curators' desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Its name."""

    name = "desk"
