from django.apps import AppConfig


class BundlesConfig(AppConfig):
    name = "bundles"

    def ready(self) -> None:
        from bundles.files import BundleFiles
        from stickypi.storage.owners import register_owner

        register_owner(BundleFiles())
