"""Links to files on disk: signed, expiring, and good for a plain GET."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings

from sticky_pi_api.core.errors import PermissionDenied

LIFETIME = 24 * 3600  # seconds


def maker(base_url: str) -> Callable[[str], str]:
    """A function from a storage key to its link. All its links expire at the same moment."""
    expires = int(time.time()) + LIFETIME
    secret = _secret()

    def link(key: str) -> str:
        return f"{base_url}/files/{quote(key)}?expires={expires}&signature={_signature(secret, key, expires)}"

    return link


def check(key: str, expires: str, signature: str) -> None:
    """Raises PermissionDenied unless these are of a link of ours that is still good."""
    genuine = expires.isascii() and expires.isdecimal() and len(expires) < 12
    if not genuine or not hmac.compare_digest(_signature(_secret(), key, int(expires)), signature):
        raise PermissionDenied("this link is not one that this server made", code="bad_link")
    if int(expires) < time.time():
        raise PermissionDenied("this link has expired: ask for a new one", code="expired_link")


def _secret() -> bytes:
    return hashlib.sha256(f"link:{settings.SECRET_KEY}".encode()).digest()


def _signature(secret: bytes, key: str, expires: int) -> str:
    digest = hmac.digest(secret, f"{expires}\n{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()
