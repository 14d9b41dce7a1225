"""Where a LocalClient keeps files: a folder, under the contract's keys."""

import contextlib
import os
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from .core.errors import Conflict, Unavailable
from .types import PathType

_INCOMING = ".incoming"
_ABANDONED = 24 * 3600  # seconds after which a staging folder is taken for one of a process that was killed


class Staging(ABC):
    """Files on their way in: written beside, then all put where they belong, or none."""

    @abstractmethod
    def add(self, key: str, data: bytes, *, derived: bool = False) -> None:
        """Writes a file aside. One that is `derived` may differ from a file of its name that is already there."""

    @abstractmethod
    def publish(self) -> None:
        """Puts all files in their places, none over another. Raises Conflict if a different one is there."""


class BaseStorage(ABC):
    """Files by key."""

    @abstractmethod
    def url(self, key: str) -> str:
        """Where the file can be read."""

    @abstractmethod
    def staging(self) -> contextlib.AbstractContextManager[Staging]:
        """A block in which files are staged and published; if it fails, what it published is removed."""

    @abstractmethod
    def remove(self, keys: Iterable[str]) -> None:
        """Removes files, and folders that this leaves empty; those that are not there are passed over."""


class DiskStorage(BaseStorage):
    """A folder.

    Args:
        local_dir: made if absent.
    """

    def __init__(self, local_dir: PathType) -> None:
        self.root = Path(local_dir).absolute()
        self.root.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def url(self, key: str) -> str:
        """The absolute path of the file."""
        return f"{self.root}/{key}"

    def path(self, key: str) -> Path:
        """The path of the file."""
        return self.root / key

    @contextlib.contextmanager
    def staging(self) -> Iterator["DiskStaging"]:
        """See BaseStorage."""
        folder = self.root / _INCOMING / secrets.token_hex(8)
        staging = DiskStaging(self.root, folder)
        with _faults():
            folder.mkdir(parents=True)
            try:
                yield staging
            except BaseException:
                self.remove(staging.published)
                raise
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, keys: Iterable[str]) -> None:
        """See BaseStorage."""
        with _faults():
            for key in keys:
                path = self.path(key)
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # not empty, or gone already
                    for folder in list(path.relative_to(self.root).parents)[:-1]:
                        (self.root / folder).rmdir()

    def _sweep(self) -> None:
        incoming = self.root / _INCOMING
        for folder in incoming.iterdir() if incoming.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if folder.stat().st_mtime < time.time() - _ABANDONED:
                    shutil.rmtree(folder, ignore_errors=True)


class DiskStaging(Staging):
    """Files in a folder of their own on the same disk, linked to their places: they appear whole or not at all."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._staged: dict[str, tuple[Path, bool]] = {}
        self.published: list[str] = []

    def add(self, key: str, data: bytes, *, derived: bool = False) -> None:
        """See Staging."""
        path = self._folder / secrets.token_hex(8)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._staged[key] = (path, derived)

    def publish(self) -> None:
        """See Staging."""
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


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the folder cannot be used: {error}") from error
