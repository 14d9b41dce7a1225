"""Links to files on disk: signed, expiring, and good for a plain GET or POST without further authentication."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from django.core.signing import BadSignature, Signer
from django.utils.encoding import force_bytes

from sticky_pi_api.core.bundles import MAX_FILE
from sticky_pi_api.core.errors import PermissionDenied
from sticky_pi_api.core.layout import LINK_SECONDS

LinkMaker = Callable[[str], str]
"""A function from a storage key to a link to that file."""

UploadLinkMaker = Callable[[str, str], dict[str, Any]]
"""A function from a storage key and an md5 to `{"url", "fields"}`: where, and with which fields, to POST that file."""

_HOUR = 3600  # seconds
LIFETIME = LINK_SECONDS
MAX_UPLOAD = MAX_FILE
UPLOAD_FIELDS = ("key", "md5", "expires", "signature")


class LinkSigner(Signer):
    """Django's Signer with its key derived once: 1.5 times as fast, and a series has a link for each row.

    Not TimestampSigner: it signs the second of signing, so that each second would have other links for the same files.
    """

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        digest = hmac.digest(_derived_key(self.salt, key or self.key), force_bytes(value), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@cache
def _derived_key(salt: str, key: str | bytes) -> bytes:
    return hashlib.sha256(force_bytes(salt) + force_bytes(key)).digest()


_DOWNLOADS = LinkSigner(salt="stickypi.download")
_UPLOADS = LinkSigner(salt="stickypi.upload")


def download_link_maker(base_url: str) -> LinkMaker:
    """Links that work for 24 to 25 hours, and are the same for an hour, so that browsers find files in their cache."""
    expires = (int(time.time()) // _HOUR + 1) * _HOUR + LIFETIME

    def link(key: str) -> str:
        signature = _DOWNLOADS.signature(f"{expires}\n{key}")
        return f"{base_url}/files/{quote(key)}?expires={expires}&signature={signature}"

    return link


def upload_link_maker(base_url: str) -> UploadLinkMaker:
    """Links to POST files to within a day, in the form of S3's presigned POSTs.

    The address repeats the fields, so that a bad link is refused before the file is read.
    """
    expires = str(int(time.time()) + LIFETIME)

    def link(key: str, md5: str) -> dict[str, Any]:
        signature = _UPLOADS.signature(f"{expires}\n{md5}\n{key}")
        fields: dict[str, str] = dict(zip(UPLOAD_FIELDS, (key, md5, expires, signature), strict=True))
        return {"url": f"{base_url}/bundle-files?{urlencode(fields)}", "fields": fields}

    return link


def check_download(key: str, expires: str, signature: str) -> None:
    """Raises PermissionDenied unless these are from a download link that this server made and that has not expired."""
    _check(_DOWNLOADS, f"{expires}\n{key}", expires, signature)


def check_upload(key: str, md5: str, expires: str, signature: str) -> None:
    """Raises PermissionDenied unless these are the fields of an upload link that has not expired."""
    _check(_UPLOADS, f"{expires}\n{md5}\n{key}", expires, signature)


def _check(signer: Signer, value: str, expires: str, signature: str) -> None:
    try:
        # What comes back is compared: a separator in `signature` would move a part of it into the value.
        is_genuine = signer.unsign(f"{value}{signer.sep}{signature}") == value
    except (BadSignature, UnicodeEncodeError):
        is_genuine = False
    if not is_genuine:
        raise PermissionDenied("this link is not one that this server made", code="bad_link")
    if int(expires) < time.time():
        raise PermissionDenied("this link has expired: ask for a new one", code="expired_link")
