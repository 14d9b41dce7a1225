"""File storage: Django's storages on disk or in a bucket, with the additional operations that ingest needs.

Both can store a file only where there is none, whole and durable, and report their faults as `Unavailable`.
"""

from typing import cast

from django.core.files.storage import default_storage

from stickypi.storage.bucket import BucketStorage
from stickypi.storage.disk import DiskStorage
from stickypi.storage.stored import StoredFile

__all__ = ["BucketStorage", "DiskStorage", "StoredFile", "files"]


def files() -> DiskStorage | BucketStorage:
    """The configured storage."""
    return cast(DiskStorage | BucketStorage, default_storage)
