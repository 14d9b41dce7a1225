"""Users: columns of the contract's table `users`, and what Django needs; where they signed in, who failed to; keys."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.addresses import MAX_LENGTH as ADDRESS_LENGTH
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.like import matcher
from sticky_pi_api.core.users import parse_username
from stickypi.models import Recorded


class UserManager(BaseUserManager["User"]):
    """User names are stored in lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return super().get_by_natural_key((username or "").lower())

    def create_superuser(self, username: str, password: str, email: str | None = None) -> "User":
        """For `manage.py createsuperuser`."""
        user = self.model(username=parse_username(username), email=email or None, is_admin=True, can_write=True)
        user.set_password(password)
        user.save(using=self._db)
        return user


def validate_username(value: str) -> None:
    """Raises ValidationError, saying what a user name takes."""
    try:
        parse_username(value)
    except InvalidInput as error:
        raise ValidationError(error.detail) from error


class User(AbstractBaseUser, PermissionsMixin, Recorded):
    """A person or a device. Operations go by `is_admin` and `can_write`, the admin by the groups (`accounts.roles`)."""

    username = models.CharField(
        "user name",
        max_length=32,
        unique=True,
        validators=[validate_username],
        help_text="Letters, digits and . _ @ + -, kept in lower case. Shown with everything that this user stores.",
    )
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
    def signature(self) -> dict[str, Any]:
        """The columns of a row that say that this user wrote it."""
        return {"api_user": self.username, "api_user_id": self.pk}

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]
        """Django's word for administrator."""
        return self.is_admin

    @property
    def is_staff(self) -> bool:
        """All may enter the admin; what they see there is a matter of permissions."""
        return self.is_active

    @property
    def credentials(self) -> str:
        """What a verified password counts for: it is to be verified anew once any of this has changed."""
        return repr((self.password, self.token_generation, self.is_active, self.is_admin, self.can_write))

    def set_password(self, raw_password: str | None) -> None:
        """Sets the password, and ends all tokens."""
        super().set_password(raw_password)
        self.token_generation += 1


class SignIn(models.Model):
    """When a user last signed in with the password from an address; `proof` is a keyed hash of the password."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    address = models.CharField(max_length=ADDRESS_LENGTH)
    datetime = models.DateTimeField()
    proof = models.CharField(max_length=64)

    class Meta:
        db_table = "sign_ins"
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="sign_in_of_user_and_address")]

    def __str__(self) -> str:
        return self.address


class FailedSignIn(models.Model):
    """A wrong password, kept for minutes. The name is hashed: people type passwords in its field."""

    address = models.CharField(max_length=ADDRESS_LENGTH)
    datetime = models.DateTimeField(auto_now_add=True)
    name_key = models.CharField(max_length=64)
    pair_key = models.CharField(max_length=64)

    class Meta:
        db_table = "failed_sign_ins"
        indexes = [models.Index(fields=["address", "datetime"], name="failed_sign_ins_of_address")]

    def __str__(self) -> str:
        return self.address


class DeviceKey(Recorded):
    """Stands in place of a user where images come from traps: see `accounts.device_keys`. It is no user anywhere else.

    `api_user` is who made it. Of the key itself there is a hash only; its prefix tells which it is.
    """

    name = models.CharField(max_length=28)
    devices = models.CharField(max_length=64, help_text="LIKE pattern of those that it uploads for.")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    expires = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=32, null=True)
    last_used = models.DateTimeField(null=True, help_text="To the minute.")
    last_address = models.CharField(max_length=ADDRESS_LENGTH, null=True)

    is_authenticated = True

    class Meta:
        db_table = "device_keys"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def signature(self) -> dict[str, Any]:
        """The columns of a row that say that this key wrote it: no user's name has a colon."""
        return {"api_user": f"key:{self.name}", "api_user_id": None}

    @property
    def state(self) -> str:
        """`good`, `revoked` or `expired`."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= timezone.now() else "good"

    def admits(self, device: str) -> bool:
        """Whether it is for this device: the pattern must match all of it."""
        return matcher(self.devices)(device)


Uploader = User | DeviceKey
