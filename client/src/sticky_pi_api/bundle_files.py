"""The files of an ML bundle on this machine, and files that arrive under another name first."""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .core.bundles import has_md5, is_bundle_file, is_in, part_sizes
from .core.errors import Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LocalFile:
    """A file; `key` is its path within the bundle, `mtime` in unix seconds."""

    key: str
    path: Path
    mtime: float


def local_files(folder: Path, what: str) -> list[LocalFile]:
    """The files of a bundle's folder that `what` covers, by key; files that no bundle takes are passed over."""
    return sorted(_walk(folder, what), key=lambda file: file.key)


def _walk(folder: Path, what: str) -> Iterator[LocalFile]:
    for path in folder.rglob("*"):
        key = path.relative_to(folder).as_posix()
        if is_in(key, what) and is_bundle_file(key) and path.is_file():
            yield LocalFile(key, path, path.stat().st_mtime)


def file_has_md5(path: Path, md5: str) -> bool:
    """Whether a file has this md5, in any of the forms that are in use."""
    return has_md5(md5, path.stat().st_size, lambda: path.open("rb"))


def partial_path(path: Path, md5: str) -> Path:
    """Where a file is written before it is whole: what is left there may be gone on with, for it is of that md5."""
    return path.with_name(f".{path.name}.{md5}.part")


def install(partial: Path, path: Path, *, md5: str | None = None, mtime: float | None = None) -> None:
    """Puts a file that has arrived in its place. Raises Unavailable, and removes it, if it has another md5."""
    if md5 is not None and not file_has_md5(partial, md5):
        if "-" not in md5 or part_sizes(md5, partial.stat().st_size):
            partial.unlink()
            raise Unavailable(f"{path.name}: the md5 of what came is not {md5}: try again")
        logger.warning("%s: its md5 %s is of parts of a size that is not known: not checked", path.name, md5)
    if mtime is not None:
        os.utime(partial, (mtime, mtime))
    partial.replace(path)


def copy_whole(source: Path, target: Path) -> None:
    """Copies a file with its time, under another name first. Raises Unavailable."""
    partial = partial_path(target, secrets.token_hex(8))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, partial)
        partial.replace(target)
    except OSError as error:
        raise Unavailable(f"{source} cannot be copied to {target}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
