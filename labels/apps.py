"""The app of labels."""

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    """Its name, and what it listens to."""

    name = "labels"

    def ready(self) -> None:
        """Labels go with their tuboids."""
        from labels import receivers  # noqa: F401
