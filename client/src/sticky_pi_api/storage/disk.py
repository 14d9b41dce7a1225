"""Files in a folder."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..bundle_files import disk_faults, file_has_md5
from ..configuration import LocalAPIConf
from ..core.errors import InvalidInput
from ..core.formats import shown
from ..md5s import bundle_md5
from .base import BaseStorage, StoredFile


class DiskStorage(BaseStorage):
    """The files in a folder: a LocalClient's, or the folder `files` of a server that keeps them on disk.

    Args:
        api_conf: its `LOCAL_DIR` is the folder.
        args, kwargs: see BaseStorage.
    """

    def __init__(self, api_conf: LocalAPIConf, *args: Any, **kwargs: Any) -> None:
        super().__init__(api_conf, *args, **kwargs)
        if not getattr(api_conf, "LOCAL_DIR", ""):
            raise InvalidInput(f"{shown(api_conf)}: a folder's configuration has LOCAL_DIR, as LocalAPIConf")
        self.root = Path(api_conf.LOCAL_DIR).absolute()

    def path(self, key: str) -> Path:
        """The path of the file of a storage key."""
        return self.root / key

    def url(self, key: str) -> str:
        return f"{self.root}/{key}"

    def upload_url(self, key: str, md5: str) -> str:
        return self.url(key)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files, and folders that this leaves empty; those that are not there are passed over."""
        with disk_faults(self.root):
            for key in keys:
                path = self.path(key)
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # not empty, or gone already
                    for folder in list(path.relative_to(self.root).parents)[:-1]:
                        (self.root / folder).rmdir()

    def list_files(self, folder: str) -> list[StoredFile]:
        with disk_faults(self.root):
            return sorted(self._walk(folder), key=lambda file: file.key)

    def md5(self, file: StoredFile) -> str:
        with disk_faults(self.root):
            return bundle_md5(self.path(file.key))

    def has_md5(self, file: StoredFile, md5: str) -> bool:
        with disk_faults(self.root):
            return file_has_md5(self.path(file.key), md5)

    def _walk(self, folder: str) -> Iterator[StoredFile]:
        for path in self.path(folder).rglob("*"):
            if path.is_file():
                stat = path.stat()
                yield StoredFile(path.relative_to(self.root).as_posix(), stat.st_size, stat.st_mtime)
