"""The app of counts: what was caught when, at what effort."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    """Its name, and what it listens to."""

    name = "activity"

    def ready(self) -> None:
        """Counts follow what the apps below say that they store and delete."""
        from activity import receivers  # noqa: F401
