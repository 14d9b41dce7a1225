"""What errors of the database mean to who asked."""

from contextlib import suppress

from django.db import Error, InterfaceError, OperationalError, connection

from sticky_pi_api.core.errors import Unavailable
from stickypi.db.adoption import HOW, awaits_adoption

CHANGED_MEANWHILE = "others stored and deleted the same at the same moment: try again"
_NO_TABLE, _NO_COLUMN = 1146, 1054  # of MariaDB; SQLite has words only
_LOCK_WAIT_TIMEOUT, _DEADLOCK = 1205, 1213
_SQLITE_SCHEMA = ("no such table", "no such column", "has no column named")
_SQLITE_LOCKED = ("database is locked", "database table is locked")


def as_unavailable(error: Error) -> Unavailable | None:
    """What a request answers; None for errors that only a bug of ours makes."""
    if _says(error, (_NO_TABLE, _NO_COLUMN), _SQLITE_SCHEMA):
        return Unavailable(_other_schema(), code="wrong_schema")
    if is_contention(error):
        return Unavailable("many are at work on the same rows: try again later")
    if isinstance(error, OperationalError | InterfaceError):
        return Unavailable("the database is unavailable: try again later")
    return None


def _other_schema() -> str:
    with suppress(Error):
        if awaits_adoption(connection):
            return f"the database is one of the published Sticky Pi service: {HOW}"
    return "the database's schema is not the one of this version of the server: run `manage.py migrate`"


def is_contention(error: Error) -> bool:
    """Whether the transaction was taken back in favour of others: it may well succeed if it is tried again."""
    return _says(error, (_DEADLOCK, _LOCK_WAIT_TIMEOUT), _SQLITE_LOCKED)


def _says(error: Error, codes: tuple[int, ...], words: tuple[str, ...]) -> bool:
    first = error.args[0] if error.args else ""
    return first in codes or (isinstance(first, str) and any(each in first for each in words))
