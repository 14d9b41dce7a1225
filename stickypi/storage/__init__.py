"""Where files are kept: Django's storages, on disk or in a bucket, with what ingest needs beside.

Both put a file only where there is none, whole and durable, and speak of their faults as `Unavailable`.
"""

from typing import cast

from django.core.files.storage import default_storage

from stickypi.storage.bucket import BucketStorage
from stickypi.storage.disk import DiskStorage
from stickypi.storage.stored import StoredFile

__all__ = ["BucketStorage", "DiskStorage", "StoredFile", "files"]


def files() -> DiskStorage | BucketStorage:
    """The storage that the configuration names."""
    return cast(DiskStorage | BucketStorage, default_storage)
