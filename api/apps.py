"""The app of the REST resources."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers how the OpenAPI description shows authentication."""

    name = "api"

    def ready(self) -> None:
        from api import openapi  # noqa: F401
