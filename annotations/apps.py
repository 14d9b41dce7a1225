"""The app of annotations."""

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    """Its name."""

    name = "annotations"
