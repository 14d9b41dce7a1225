from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "images"

    def ready(self) -> None:
        from images.queries import owned_files
        from stickypi.storage.pending_files import register_owner

        register_owner("raw_images", owned_files)
