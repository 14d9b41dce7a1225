"""Files that arrive in a folder, under another name first; and the files of an ML bundle."""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .core.bundles import MODEL, SUFFIXES, has_md5, is_bundle_file, is_in, part_sizes
from .core.errors import Unavailable
from .core.formats import some_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LocalFile:
    """A file; `key` is its path within the bundle, `mtime` in unix seconds."""

    key: str
    path: Path
    mtime: float


def local_files(folder: Path, what: str) -> list[LocalFile]:
    """The files of a bundle's folder that `what` covers, by key; a warning names those that no bundle takes."""
    with disk_faults(folder):
        keys = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        covered = {key: keys[key] for key in sorted(keys) if is_in(key, what)}
        files = [LocalFile(key, path, path.stat().st_mtime) for key, path in covered.items() if is_bundle_file(key)]
    if others := [key for key in covered if not is_bundle_file(key)]:
        kinds = f"{' '.join(SUFFIXES)} and {MODEL}"
        logger.warning("not uploaded, for a bundle takes %s: %s", kinds, some_of(others))
    return files


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """A block that works in a folder: what hinders it is Unavailable."""
    try:
        yield
    except OSError as error:
        file = f": {error.filename}" if error.filename else ""
        raise Unavailable(f"the folder {folder} cannot be used: {error.strerror or error}{file}") from error


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
            raise Unavailable(f"{path.name}: the md5 of what came is not {md5}: try again", code="md5_mismatch")
        logger.warning("%s: its md5 %s is of parts of a size that is not known: not checked", path.name, md5)
    try:
        if mtime is not None:
            os.utime(partial, (mtime, mtime))
    except (OverflowError, ValueError) as error:
        partial.unlink()
        raise Unavailable(f"{path.name}: its time of change cannot be {mtime}") from error
    partial.replace(path)


def copy_whole(source: Path, target: Path) -> None:
    """Copies a file with its time, under another name first. Raises Unavailable."""
    partial = partial_path(target, secrets.token_hex(8))
    try:
        with disk_faults(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, partial)
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
