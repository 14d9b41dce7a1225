"""Advisory locks: who holds one is alone with what it names, among all threads and processes of the server.

They are no locks of rows: no transaction need be open while they are held, and nothing else waits for them. MariaDB has
them of itself, and gives them up when the connection ends; beside SQLite they are locks of files, which end with the
process. So a kill leaves none behind.
"""

import contextlib
import fcntl
import hashlib
import random
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

from django.conf import settings
from django.db import Error, connection

from sticky_pi_api.core.errors import Unavailable

_SECONDS = 10.0
_PAUSE = 0.05
_LOCK_FILES = 64  # some names share one: they wait for each other without need


@contextlib.contextmanager
def advisory_locks(names: Collection[str]) -> Iterator[None]:
    """Holds the locks with these names, all together; a thread must not hold others already.

    Raises:
        Unavailable: others have held one of them for too long.
    """
    held = _server_locks(names) if connection.vendor == "mysql" else _file_locks(names)
    with held:
        yield


@contextlib.contextmanager
def _server_locks(names: Collection[str]) -> Iterator[None]:
    database = connection.settings_dict["NAME"]  # the names are those of the whole server
    keys = [hashlib.md5(f"{database} {name}".encode()).hexdigest() for name in names]
    if not keys:
        yield
        return
    try:
        _wait_for(lambda: _got_all(keys))
        yield
    finally:
        _release(keys)


def _got_all(keys: list[str]) -> bool:
    """All of them or none: whoever kept some while waiting for others could wait for ever."""
    if all(_ask_server("GET_LOCK(%s, 0)", keys)):
        return True
    _ask_server("RELEASE_LOCK(%s)", keys)
    return False


def _release(keys: list[str]) -> None:
    try:
        _ask_server("RELEASE_LOCK(%s)", keys)
    except Error:
        connection.close()  # which releases them too


def _ask_server(function: str, keys: list[str]) -> tuple[int | None, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([function] * len(keys))}", keys)
        row: tuple[int | None, ...] = cursor.fetchone()
    return row


@contextlib.contextmanager
def _file_locks(names: Collection[str]) -> Iterator[None]:
    folder = settings.CONFIGURATION.data_dir / "locks"
    folder.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        # All take them in the same order, so that nobody waits in a circle.
        for number in sorted({zlib.crc32(name.encode()) % _LOCK_FILES for name in names}):
            file = stack.enter_context((folder / str(number)).open("ab"))
            _wait_for(lambda file=file: _got(file))  # type: ignore[misc]
        yield


def _got(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(got: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not got():
        if time.monotonic() > deadline:
            raise Unavailable("others are storing the same files: try again later")
        time.sleep(random.uniform(0, _PAUSE))  # noqa: S311
