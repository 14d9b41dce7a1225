"""The app of tuboids."""

from django.apps import AppConfig


class TuboidsConfig(AppConfig):
    """Its name."""

    name = "tuboids"
