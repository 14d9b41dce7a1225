"""md5s of local files, remembered while path, size and time of change stay the same."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from .core.bundles import multipart_md5
from .core.chunks import chunker
from .core.errors import APIError, Unavailable
from .core.jpeg import read_header

_CHUNK = 1000
_CREATE = """CREATE TABLE IF NOT EXISTS md5s
    (path TEXT, form TEXT, size INT, mtime_ns INT, md5 TEXT, PRIMARY KEY (path, form)) WITHOUT ROWID"""
_SELECT = """SELECT md5s.path, size, mtime_ns, md5 FROM json_each(?) asked
    CROSS JOIN md5s ON md5s.path = asked.value AND md5s.form = ?"""


def file_md5(path: Path) -> str:
    """The md5 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def bundle_md5(path: Path) -> str:
    """The md5 of a file of a bundle: in S3's multipart form if it is over 8 MiB."""
    with path.open("rb") as file:
        return multipart_md5(file, path.stat().st_size)


def jpeg_md5(path: Path) -> str:
    """The md5 of a JPEG file that is there to its end; empty for any other."""
    try:
        read_header(path.name, path.read_bytes())
    except APIError:
        return ""
    return file_md5(path)


FORMS = {"plain": file_md5, "multipart": bundle_md5, "jpeg": jpeg_md5}


class Md5Cache:
    """A table of md5s in a file of its own: it may be deleted at any time.

    Args:
        path: made with its folder if absent.
        n_threads: how many files are read at once.
    """

    def __init__(self, path: Path, n_threads: int) -> None:
        self._path = path
        self._n_threads = n_threads

    def md5s(self, paths: Iterable[Path], form: str = "plain") -> dict[Path, str]:
        """The md5 of each file, in one of FORMS. Files that cannot be read are left out."""
        known: dict[Path, str] = {}
        with (
            self._faults(),
            closing(sqlite3.connect(self._path, timeout=60)) as db,
            ThreadPoolExecutor(self._n_threads) as pool,
        ):
            db.execute(_CREATE)
            for chunk in chunker(paths, _CHUNK):
                known.update(_md5s(db, pool, chunk, form))
        return known

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            yield
        except (OSError, sqlite3.DatabaseError) as error:
            raise Unavailable(f"{self._path} cannot be used: {error}; it may be deleted") from error


def _md5s(db: sqlite3.Connection, pool: ThreadPoolExecutor, paths: list[Path], form: str) -> dict[Path, str]:
    states = {path: state for path in paths if (state := _state(path))}
    names = {_name(path): path for path in states}
    found = db.execute(_SELECT, (json.dumps(list(names)), form))
    known = {names[name]: md5 for name, *state, md5 in found if tuple(state) == states[names[name]]}
    unknown = [path for path in states if path not in known]
    read = {path: md5 for path, md5 in zip(unknown, pool.map(partial(_read, form), unknown), strict=True) if md5}
    with db:
        rows = [(_name(path), form, *states[path], md5) for path, md5 in read.items()]
        db.executemany("INSERT OR REPLACE INTO md5s VALUES (?, ?, ?, ?, ?)", rows)
    return known | read


def _name(path: Path) -> str:
    # A file name may be any bytes, a text of SQLite may not.
    return os.fsencode(path.absolute()).decode("utf-8", "backslashreplace")


def _state(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _read(form: str, path: Path) -> str | None:
    try:
        return FORMS[form](path)
    except OSError:
        return None
