"""The app of users."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Creates the groups and the first administrator after each migration."""

    name = "accounts"
    verbose_name = "users"

    def ready(self) -> None:
        from accounts.services import after_migrate

        post_migrate.connect(after_migrate, sender=self)
