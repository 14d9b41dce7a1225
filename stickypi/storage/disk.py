"""Files in a folder."""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import FileSystemStorage

from sticky_pi_api.core.errors import Conflict
from stickypi.storage import links
from stickypi.storage.links import LinkMaker, UploadLinkMaker
from stickypi.storage.stored import StoredFile, faults

_INCOMING = ".incoming"


class DiskStorage(FileSystemStorage):
    """Files in a folder. They are written under another name, synced, then linked: they appear whole or not at all."""

    def put_absent(self, key: str, data: bytes) -> bool:
        """Stores a file where there is none. False, and nothing changed, where there is one."""
        with faults():
            path = Path(self.path(key))
            self._make_folder(path.parent)
            written = self._write_incoming(data)
            try:
                os.link(written, path)
            except FileExistsError:
                return False
            finally:
                written.unlink()
            _sync(path.parent)
        return True

    def put_file(self, key: str, path: Path) -> None:
        """Stores a file of any size, replacing one that is there."""
        with self.incoming() as incoming:
            shutil.copyfile(path, incoming)
            self.replace(key, incoming, within=key.partition("/")[0])

    def read(self, key: str) -> bytes | None:
        """The content of a file, None where there is none."""
        with faults():
            try:
                return Path(self.path(key)).read_bytes()
            except FileNotFoundError:
                return None

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files, and folders that become empty; missing files are skipped."""
        with faults():
            for key in keys:
                path = Path(self.path(key))
                path.unlink(missing_ok=True)
                self._remove_empty_folders(path.parent)

    def existing(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that have a file."""
        return {key for key in keys if self.exists(key)}

    def move(self, key: str, target: str) -> None:
        """Gives a file another key, which no file has yet."""
        with faults():
            source, path = Path(self.path(key)), Path(self.path(target))
            self._make_folder(path.parent)
            os.link(source, path, follow_symlinks=False)
            _sync(path.parent)
            source.unlink()
            self._remove_empty_folders(source.parent)

    def remove_incoming(self, seconds: float) -> None:
        """Removes what killed writers left behind, if it is older than `seconds`."""
        folder = Path(self.path(_INCOMING))
        with faults():
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.stat().st_mtime < time.time() - seconds:
                    path.unlink(missing_ok=True)

    def list_files(self, folder: str, after: str = "") -> Iterator[StoredFile]:
        """The files below a folder whose keys come after `after`, by key.

        Symbolic links are skipped: they may lead anywhere.
        """
        with faults():
            for entry in self._entries(folder):
                key = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if after < f"{key}0":  # `0` comes after `/`, so after all that is in it
                        yield from self.list_files(key, after)
                elif key > after and entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):  # removed in the meantime
                        yield _stored_file(key, entry.stat(follow_symlinks=False))

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, in order."""
        with faults():
            return [entry.name for entry in self._entries(folder) if entry.is_dir()]

    @contextlib.contextmanager
    def stream(self, key: str) -> Iterator[BinaryIO]:
        """A file, to be read in pieces."""
        with faults(), Path(self.path(key)).open("rb") as file:
            yield file

    def metadata(self, key: str) -> dict[str, str]:
        """Empty: no metadata is stored with a file on disk."""
        return {}

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Path]:
        """A path to write an upload to, for `replace`; a file that is still there at the end is removed."""
        with faults():
            path = self._incoming_path()
            try:
                yield path
            finally:
                path.unlink(missing_ok=True)

    def replace(self, key: str, path: Path, *, within: str) -> StoredFile:
        """Moves a file of `incoming` to its key, replacing an older one, whole and durable.

        Raises:
            Conflict: a folder has that name, or symbolic links lead out of the folder `within`.
        """
        target = Path(self.path(key))
        with faults():
            if not target.parent.resolve().is_relative_to(Path(self.path(within)).resolve()):
                raise Conflict(f"{key!r}: a symbolic link leads out of {within!r}")
            stored = _stored_file(key, path.stat())
            _sync(path)
            try:
                self._make_folder(target.parent)
                path.replace(target)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise Conflict(f"{key!r}: a folder has that name, or a file has that of its folder") from error
            _sync(target.parent)
        return stored

    def link_maker(self, base_url: str) -> LinkMaker:
        return links.download_link_maker(base_url)

    def upload_link_maker(self, base_url: str) -> UploadLinkMaker:
        return links.upload_link_maker(base_url)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """The entries of a folder in the order of the keys below them."""
        try:
            with os.scandir(self.path(folder)) as entries:
                return sorted(entries, key=lambda entry: f"{entry.name}/" if entry.is_dir() else entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _incoming_path(self) -> Path:
        path = Path(self.path(_INCOMING)) / secrets.token_hex(8)
        self._make_folder(path.parent)
        return path

    def _write_incoming(self, data: bytes) -> Path:
        path = self._incoming_path()
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return path

    def _remove_empty_folders(self, folder: Path) -> None:
        with contextlib.suppress(OSError):  # not empty, or gone already
            while folder != Path(self.location):
                folder.rmdir()
                folder = folder.parent

    def _make_folder(self, folder: Path) -> None:
        """Makes a folder that survives a power failure."""
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync(folder.parent)


def _stored_file(key: str, stat: os.stat_result) -> StoredFile:
    return StoredFile(key, stat.st_size, stat.st_mtime, version=str(stat.st_mtime_ns))


def _sync(path: Path) -> None:
    """Makes a file, or the entries of a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
