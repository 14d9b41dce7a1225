"""Who is calling: HTTP Basic with a password or with a token as user name, or a Bearer token."""

import base64
import binascii
from typing import cast

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.models import User
from accounts.sign_in import verify_password
from accounts.tokens import AccessToken, verify_token
from sticky_pi_api.core.errors import NotAuthenticated
from stickypi.http.errors import CHALLENGE


def caller(request: Request) -> User:
    """The user of a request that has passed the permission."""
    return cast(User, request.user)


def token_of(request: Request) -> AccessToken | None:
    """The token that the caller has signed in with, if it was not a password."""
    return cast(AccessToken | None, request.auth)


class BasicAuthentication(BaseAuthentication):
    """`Authorization: Basic base64(username:password)`, or `base64(token:)`. `request.auth` is the token, if any."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken | None] | None:
        scheme, _, encoded = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"basic":
            return None
        username, password = _decode(encoded)
        if password:
            return verify_password(username=username, password=password, address=client_address(request)), None
        return verify_token(token=username)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`. `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        return verify_token(token=token.decode("latin-1").strip())

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def _decode(encoded: bytes) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated("the Authorization header is not Basic base64(username:password)") from error
    if not colon:
        raise NotAuthenticated("the Authorization header has no `:` between user name and password")
    return username, password
