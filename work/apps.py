"""The app of work that detectors and classifiers have before them."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Its name, and what it listens to."""

    name = "work"

    def ready(self) -> None:
        """Leases end as annotations and labels are stored."""
        from work import receivers  # noqa: F401
