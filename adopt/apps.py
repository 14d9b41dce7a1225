"""The app that has the command `adopt`."""

from django.apps import AppConfig


class AdoptConfig(AppConfig):
    """Its name."""

    name = "adopt"
