from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "images"

    def ready(self) -> None:
        from images.files import ImageFiles
        from stickypi.storage.owners import register_owner

        register_owner(ImageFiles())
