"""The files of a LocalClient: those of a DiskStorage, and how new ones come in."""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from ..bundle_files import disk_faults
from ..configuration import LocalAPIConf
from ..core.errors import Conflict
from ..storage.disk import DiskStorage

_INCOMING = ".incoming"
_ABANDONED = 24 * 3600  # seconds after which a staging folder is taken for one of a process that was killed


class LocalFiles(DiskStorage):
    """A folder, made if absent."""

    def __init__(self, api_conf: LocalAPIConf) -> None:
        super().__init__(api_conf)
        with disk_faults(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self._sweep()

    @contextlib.contextmanager
    def staging(self) -> Iterator["Staging"]:
        """A block in which files are staged and published; if it fails, what it published is removed."""
        folder = self.root / _INCOMING / secrets.token_hex(8)
        staging = Staging(self.root, folder)
        with disk_faults(self.root):
            folder.mkdir(parents=True)
            try:
                yield staging
            except BaseException:
                self.remove(staging.published)
                raise
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _sweep(self) -> None:
        incoming = self.root / _INCOMING
        for folder in incoming.iterdir() if incoming.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if folder.stat().st_mtime < time.time() - _ABANDONED:
                    shutil.rmtree(folder, ignore_errors=True)


class Staging:
    """Files in a folder of their own on the same disk, linked to their places: they appear whole or not at all."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._staged: dict[str, tuple[Path, bool]] = {}
        self.published: list[str] = []

    def add(self, key: str, data: bytes, *, derived: bool = False) -> None:
        """Writes a file aside. One that is `derived` may differ from a file of its name that is already there."""
        path = self._folder / secrets.token_hex(8)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._staged[key] = (path, derived)

    def publish(self) -> None:
        """Puts all files in their places, none over another. Raises Conflict if a different one is there."""
        for key, (source, derived) in self._staged.items():
            target = self._root / key
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except FileExistsError:
                if not derived and target.read_bytes() != source.read_bytes():
                    raise Conflict(f"another file is stored as {key!r}: it is not overwritten") from None
            else:
                self.published.append(key)
        _sync_folders({(self._root / key).parent for key in self.published})


def _sync_folders(folders: Collection[Path]) -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
