"""Who is calling: HTTP Basic with a password, or with a token or a device's key as user name; or as Bearer."""

import base64
import binascii
from typing import cast

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.device_keys import is_key, verify_key
from accounts.models import DeviceKey, Uploader, User
from accounts.sign_in import verify_password
from accounts.tokens import AccessToken, verify_token
from sticky_pi_api.core.errors import NotAuthenticated
from stickypi.http.errors import CHALLENGE


def caller(request: Request) -> User:
    """The user of a request that has passed the permission."""
    return cast(User, request.user)


def uploader(request: Request) -> Uploader:
    """The caller of a view that also admits device keys: a user or a key."""
    return cast(Uploader, request.user)


def key_of(request: Request) -> str | None:
    """The device key that the caller has signed in with, as it was sent."""
    return request.auth if isinstance(request.user, DeviceKey) else None


def token_of(request: Request) -> AccessToken | None:
    """The token that the caller has signed in with, if it was not a password."""
    return cast(AccessToken | None, request.auth)


Authenticated = tuple[Uploader, AccessToken | str | None]


class BasicAuthentication(BaseAuthentication):
    """`Authorization: Basic base64(username:password)`, `base64(token:)` or `base64(key:whatever)`.

    `request.auth` is the token or the key, if any.
    """

    def authenticate(self, request: Request) -> Authenticated | None:
        scheme, _, encoded = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"basic":
            return None
        username, password = _decode(encoded)
        if password and not is_key(username):
            return verify_password(username=username, password=password, address=client_address(request)), None
        return _verify(username, request)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token or key>`. `request.auth` is the token or the key."""

    def authenticate(self, request: Request) -> Authenticated | None:
        scheme, _, credential = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        return _verify(credential.decode("latin-1").strip(), request)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def _verify(credential: str, request: Request) -> Authenticated:
    if is_key(credential):
        return verify_key(key=credential, address=client_address(request)), credential
    return verify_token(token=credential)


def _decode(encoded: bytes) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated("the Authorization header is not Basic base64(username:password)") from error
    if not colon:
        raise NotAuthenticated("the Authorization header has no `:` between user name and password")
    return username, password
