"""The app of labels."""

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    """Its name."""

    name = "labels"
