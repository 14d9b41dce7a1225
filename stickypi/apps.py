"""The app of the wiring."""

from django.apps import AppConfig


class StickyPiConfig(AppConfig):
    """Registers the system checks and the LIKE lookup."""

    name = "stickypi"

    def ready(self) -> None:
        from stickypi import checks, like  # noqa: F401
