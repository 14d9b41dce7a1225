"""What both storages say of a file, and of a fault."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import botocore.exceptions

from sticky_pi_api.core.errors import Unavailable


@dataclass(frozen=True)
class StoredFile:
    """A file that is there: `mtime` in unix seconds; `version` is another whenever its content is.

    `etag` is what a bucket has for an md5; None on disk.
    """

    key: str
    size: int
    mtime: float
    version: str
    etag: str | None = None


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Faults of the storage as Unavailable, so that the sender tries again."""
    try:
        yield
    except (OSError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Unavailable(f"the file storage is unavailable ({type(error).__name__}): try again later") from error
