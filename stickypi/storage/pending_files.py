"""Rows and files together: no row without its files, no file without its row for longer than a fault lasts.

A database can roll back what it did, a file storage cannot. So before a file is put, its key is written down, in a
transaction of its own, as *pending*; the transaction that inserts the rows deletes that note. Whatever happens between
the two (an error, a lost connection, a kill), the note outlives it, and `remove_orphans` removes the files of noted
keys that no row owns. Deletion is the same the other way round: the transaction that deletes rows notes their files.

The note is also the lock. Who puts or removes a file holds it (SELECT ... FOR UPDATE; on SQLite the transaction
itself), so a file is never removed under a row that is being inserted. The rows come before the files: the unique
constraint is checked before a file is touched, and files are put only where there are none.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Conflict, Unavailable
from stickypi.db.deadlocks import is_deadlock, retry_on_deadlock
from stickypi.models import PendingFile
from stickypi.storage import files

logger = logging.getLogger(__name__)

_CHUNK = 500
_ATTEMPTS = 50  # more than may contend for a file: each of them takes its notes away once
_owners: dict[str, Callable[[Collection[str]], set[str]]] = {}


def register_owner(folder: str, owned: Callable[[Collection[str]], set[str]]) -> None:
    """Says who owns the files of a top folder: `owned` returns those of the given keys that a row owns."""
    _owners[folder] = owned


@contextmanager
def storing(contents: Mapping[str, bytes], *, derived: Collection[str] = ()) -> Iterator[None]:
    """A transaction whose body makes rows, and after which their files are stored: all of it or nothing.

    Args:
        contents: key -> bytes.
        derived: keys whose files may differ from those already there (thumbnails made by another version).

    Raises:
        Conflict: another file has that key, though no row owns it.
        Unavailable: the storage is away.
    """
    absent = _absent(contents, derived)
    try:
        with _locked(absent):
            yield
            _put({key: contents[key] for key in absent})
            _check_kept(contents.keys() - absent)
            PendingFile.objects.filter(key__in=absent).delete()
    except BaseException:
        _remove_orphans_or_log(absent)
        raise


def remove_on_commit(keys: Iterable[str]) -> None:
    """Within a transaction that deletes rows: their files go once it is committed."""
    for chunk in chunker(keys, _CHUNK):
        _note(chunk)
        transaction.on_commit(lambda chunk=chunk: _remove_orphans_or_log(chunk))  # type: ignore[misc]


@retry_on_deadlock
def remove_orphans(keys: Collection[str]) -> int:
    """Removes files of pending keys that no row owns, and the notes. Returns the number of files removed."""
    with transaction.atomic():
        noted = _notes(keys)
        orphans = sorted(set(noted) - _owned(noted))
        files().remove(orphans)
        PendingFile.objects.filter(key__in=noted).delete()
    return len(orphans)


def remove_orphans_older_than(seconds: float) -> int:
    """Settles what faults left behind; younger notes may be of work in progress."""
    files().remove_incoming(seconds)
    old = PendingFile.objects.filter(datetime_created__lt=timezone.now() - timedelta(seconds=seconds))
    return sum(remove_orphans(chunk) for chunk in chunker(list(old.values_list("key", flat=True)), _CHUNK))


def _absent(contents: Mapping[str, bytes], derived: Collection[str]) -> list[str]:
    """The keys that have no file, or one of a fault before; a file that nobody noted is not ours to remove."""
    noted = set(PendingFile.objects.filter(key__in=contents).values_list("key", flat=True))
    found = {key for key in contents if key not in noted and files().exists(key)}
    for key in found.difference(derived):
        if files().read(key) != contents[key] and key not in _owned([key]):
            raise Conflict(f"another file is stored as {key!r}, though no row owns it: it is not overwritten")
    return sorted(contents.keys() - found)


@contextmanager
def _locked(keys: list[str]) -> Iterator[None]:
    """A transaction that alone works on these keys."""
    for _ in range(_ATTEMPTS):
        entered = False
        try:
            _note(keys)
            with transaction.atomic():
                if len(_notes(keys)) == len(keys):
                    entered = True
                    yield
                    return
        except OperationalError as error:
            if entered or not is_deadlock(error):
                raise
    raise Unavailable("others are storing the same files: try again later")


def _notes(keys: Collection[str]) -> list[str]:
    """Those of the keys that are pending, locked."""
    notes = PendingFile.objects.select_for_update().filter(key__in=keys).order_by("key")
    return [note.key for note in notes]


def _note(keys: Collection[str]) -> None:
    PendingFile.objects.bulk_create([PendingFile(key=key) for key in keys], ignore_conflicts=True)


def _put(contents: Mapping[str, bytes]) -> None:
    for key, data in contents.items():
        if files().put_absent(key, data):
            continue
        # Under the lock only a fault before can have left it: nobody owns it.
        files().remove([key])
        if not files().put_absent(key, data):
            raise Unavailable("others are storing the same files: try again later")


def _check_kept(keys: Collection[str]) -> None:
    if not all(files().exists(key) for key in keys):
        raise Unavailable("others are removing the same files: try again later")


def _owned(keys: Collection[str]) -> set[str]:
    by_folder: dict[str, list[str]] = {}
    for key in keys:
        by_folder.setdefault(key.partition("/")[0], []).append(key)
    return set().union(*(_owners[folder](of_folder) for folder, of_folder in by_folder.items()))


def _remove_orphans_or_log(keys: Collection[str]) -> None:
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        remove_orphans(keys)
    except Exception:
        logger.exception("orphan files left, to be removed later, from %s", next(iter(keys), "none"))
