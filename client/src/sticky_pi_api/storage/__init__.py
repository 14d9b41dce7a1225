"""The files of a service, for code that works beside a folder or a bucket: the keys of the contract, no rows.

A `DiskStorage` is the folder of a LocalClient, or the folder `files` of a server that keeps them on disk; an
`S3Storage` the bucket of a server. They delete, link and list files; to store images and tuboids is for the operations,
which keep rows and files together. Who deletes files here leaves rows without them: delete those first.
"""

from .base import BaseStorage
from .disk import DiskStorage
from .s3 import S3Storage

__all__ = ["BaseStorage", "DiskStorage", "S3Storage"]
