"""How people sign in to the admin."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import services
from accounts.models import User
from sticky_pi_api.core.errors import NotAuthenticated, Throttled


class ThrottledBackend(ModelBackend):
    """As programs do: with the same limit on wrong passwords."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The user with this name and password, if there is one and not too many guesses came before."""
        address = request.META.get("REMOTE_ADDR", "") if request else ""
        try:
            return services.verify_password(username=username or "", password=password or "", address=address)
        except (NotAuthenticated, Throttled):
            return None
