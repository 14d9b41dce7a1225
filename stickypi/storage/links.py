"""Links to files on disk: signed, expiring, and good for a plain GET or POST."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from sticky_pi_api.core.errors import PermissionDenied

_HOUR = 3600  # seconds
LIFETIME = 24 * _HOUR
MAX_UPLOAD = 5_000_000_000  # bytes of a file: about what S3 takes in one POST
UPLOAD_FIELDS = ("key", "md5", "expires", "signature")


def maker(base_url: str) -> Callable[[str], str]:
    """A function from a storage key to its link. All its links expire at the same moment."""
    # By the whole hour, for a browser to find the files of a page in its cache when it comes back to it.
    expires = (int(time.time()) // _HOUR + 1) * _HOUR + LIFETIME
    secret = _secret()

    def link(key: str) -> str:
        signature = _signature(secret, str(expires), "download", key)
        return f"{base_url}/files/{quote(key)}?expires={expires}&signature={signature}"

    return link


def upload_maker(base_url: str) -> Callable[[str, str], dict[str, Any]]:
    """A function from a storage key and an md5 to a link to POST that file to, of the shape that S3's have.

    The address says what the fields say, so that a bad link is refused before the file is read.
    """
    expires = str(int(time.time()) + LIFETIME)
    secret = _secret()

    def link(key: str, md5: str) -> dict[str, Any]:
        signature = _signature(secret, expires, "upload", md5, key)
        fields = dict(zip(UPLOAD_FIELDS, (key, md5, expires, signature), strict=True))
        return {"url": f"{base_url}/bundle-files?{urlencode(fields)}", "fields": fields}

    return link


def check(key: str, expires: str, signature: str) -> None:
    """Raises PermissionDenied unless these are of a link of ours that is still good."""
    _check(expires, signature, "download", key)


def check_upload(key: str, md5: str, expires: str, signature: str) -> None:
    """The same of the fields of an upload link."""
    _check(expires, signature, "upload", md5, key)


def _check(expires: str, signature: str, *signed: str) -> None:
    genuine = _signature(_secret(), expires, *signed)
    if not hmac.compare_digest(genuine.encode(), signature.encode(errors="replace")):
        raise PermissionDenied("this link is not one that this server made", code="bad_link")
    if int(expires) < time.time():
        raise PermissionDenied("this link has expired: ask for a new one", code="expired_link")


def _secret() -> bytes:
    return hashlib.sha256(f"link:{settings.SECRET_KEY}".encode()).digest()


def _signature(secret: bytes, *signed: str) -> str:
    digest = hmac.digest(secret, "\n".join(signed).encode(errors="replace"), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()
