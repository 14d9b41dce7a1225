"""The app of ML bundles."""

from django.apps import AppConfig


class BundlesConfig(AppConfig):
    """Its name."""

    name = "bundles"
