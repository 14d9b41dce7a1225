"""The user: columns of the contract's table `users`, and what Django needs."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from stickypi.models import Recorded


class UserManager(BaseUserManager["User"]):
    """Makes users whose names are canonical."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Names are stored in lower case."""
        return super().get_by_natural_key((username or "").lower())

    def create_superuser(self, username: str, password: str, email: str | None = None) -> "User":
        """For `manage.py createsuperuser`."""
        from accounts.services import user_create

        return user_create(username=username, password=password, email=email, is_admin=True)


class User(AbstractBaseUser, PermissionsMixin, Recorded):
    """A person or a device. `is_admin` and `can_write` say its part in operations, its groups in the admin."""

    username = models.CharField(max_length=32, unique=True)
    email = models.EmailField(max_length=64, null=True, blank=True)
    is_admin = models.BooleanField(
        "administrator", default=False, help_text="May do everything, also delete and make users."
    )
    can_write = models.BooleanField(
        "may upload", default=False, help_text="May upload images, annotations, tuboids and labels."
    )
    is_active = models.BooleanField("active", default=True, help_text="Untick this instead of deleting users.")
    token_generation = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []

    class Meta:
        db_table = "users"
        ordering = ["username"]

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]
        """Django's word for administrator."""
        return self.is_admin

    @property
    def is_staff(self) -> bool:
        """All may enter the admin; what they see there is a matter of permissions."""
        return self.is_active

    def set_password(self, raw_password: str | None) -> None:
        """Sets the password, and ends all tokens."""
        super().set_password(raw_password)
        self.token_generation += 1
