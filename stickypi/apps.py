from django.apps import AppConfig


class StickyPiConfig(AppConfig):
    name = "stickypi"
    verbose_name = "Sticky Pi"

    def ready(self) -> None:
        from stickypi import checks  # noqa: F401
        from stickypi.db import like  # noqa: F401
