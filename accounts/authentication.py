"""Who is calling: HTTP Basic with a password or with a token as user name, or a Bearer token."""

import base64
import binascii
from typing import cast

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import services
from accounts.models import User
from sticky_pi_api.core.errors import NotAuthenticated
from stickypi.http.errors import CHALLENGE


def caller(request: Request) -> User:
    """The user of a request that has passed the permission."""
    return cast(User, request.user)


class BasicAuthentication(BaseAuthentication):
    """`Authorization: Basic base64(username:password)`, or `base64(token:)`."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        """The user and how they are known."""
        scheme, _, encoded = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"basic":
            return None
        username, password = _decode(encoded)
        if password:
            address = request.META.get("REMOTE_ADDR", "")
            return services.verify_password(username=username, password=password, address=address), "password"
        return services.verify_token(token=username), "token"

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        """The user and how they are known."""
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        return services.verify_token(token=token.decode("latin-1").strip()), "token"

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE


def _decode(encoded: bytes) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated("the Authorization header is not Basic base64(username:password)") from error
    if not colon:
        raise NotAuthenticated("the Authorization header has no `:` between user name and password")
    return username, password
