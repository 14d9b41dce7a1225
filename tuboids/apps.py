"""The app of tuboids."""

from django.apps import AppConfig


class TuboidsConfig(AppConfig):
    """Owns the files below `tiled_tuboids/`."""

    name = "tuboids"

    def ready(self) -> None:
        from stickypi.storage.pending_files import register_owner
        from tuboids.queries import owned_files

        register_owner("tiled_tuboids", owned_files)
