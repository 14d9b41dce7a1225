"""How people sign in to the admin."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.models import User
from accounts.sign_in import verify_password
from sticky_pi_api.core.errors import NotAuthenticated


class PasswordBackend(ModelBackend):
    """As programs do, with the same limits. Raises Throttled: the form says so (`accounts.forms.SignInForm`)."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        address = client_address(request) if request else ""
        try:
            return verify_password(username=username or "", password=password or "", address=address)
        except NotAuthenticated:
            return None
