"""What both storages have in common: how they describe a file, and how they report a fault."""

import contextlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass

import boto3.exceptions
import botocore.exceptions

from sticky_pi_api.core.errors import Unavailable

_FAULTS = (
    OSError,
    boto3.exceptions.Boto3Error,
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
)


@dataclass(frozen=True)
class StoredFile:
    """A stored file: `mtime` in unix seconds, `version` changes with the content, `etag` is None on disk."""

    key: str
    size: int
    mtime: float
    version: str
    etag: str | None = None


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Turns faults of the storage into Unavailable, so that the sender tries again."""
    try:
        yield
    except _FAULTS as error:
        raise Unavailable(f"the file storage is unavailable ({type(error).__name__}): try again later") from error


def content_type(key: str) -> str:
    """The media type of a file, by its name."""
    name = key.rpartition("/")[2]
    # Thumbnails are called `<image>.jpg.thumbnail`.
    return "image/jpeg" if ".jpg" in name else mimetypes.guess_type(name)[0] or "application/octet-stream"
