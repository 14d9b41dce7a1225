"""The app of tuboids."""

from django.apps import AppConfig


class TuboidsConfig(AppConfig):
    """Owns the files below `tiled_tuboids/`."""

    name = "tuboids"

    def ready(self) -> None:
        from stickypi.storage.owners import register_owner
        from tuboids.files import TuboidFiles

        register_owner(TuboidFiles())
