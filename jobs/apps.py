from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs.files import ResultFiles
        from stickypi.storage.owners import register_owner

        register_owner(ResultFiles())
