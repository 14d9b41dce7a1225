"""Rows and files together: no row without its files, no file without its row for longer than a fault lasts.

A database can roll back what it did, a file storage cannot. So before a file is put, its key is written down, in a
transaction of its own, as *pending*; the transaction that inserts the rows deletes that note. Whatever happens between
the two (an error, a lost connection, a kill), the note outlives it, and `remove_orphans` removes the files of noted
keys that no row owns. Deletion is the same the other way round: the transaction that deletes rows notes their files.

Who puts or removes files holds the advisory locks of their keys, so a file is never removed under a row that is being
inserted, and no transaction is open, with its locks of rows, while the storage takes its time. Files are put only where
there are none, and the transaction that makes them visible is short.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.db import Error, connection, transaction
from django.utils import timezone

from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Conflict, Unavailable
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.db.locks import advisory_locks
from stickypi.models import PendingFile
from stickypi.storage import files
from stickypi.storage.owners import owned_keys

logger = logging.getLogger(__name__)

_CHUNK = 200

R = TypeVar("R")


class Removed(NamedTuple):
    """Numbers: of files that were there and are no more, and of notes that are settled."""

    files: int
    notes: int


def store_files(contents: Mapping[str, bytes], insert: Callable[[], R], *, derived: Collection[str] = ()) -> R:
    """Stores files and makes the rows that own them: all of it or nothing. Returns what `insert` does.

    Args:
        contents: key -> bytes.
        insert: makes the rows; called within a transaction, and again if that gives way to others.
        derived: keys whose files may differ from those already there (thumbnails made by another version).

    Raises:
        Conflict: another file has that key, though no row owns it.
        Unavailable: the storage is away, or others are storing the same files.
    """
    pending: list[str] = []
    try:
        with advisory_locks(contents.keys()):
            left = _left_behind(contents.keys())
            absent = _absent(contents, derived, left)
            notes = [*left, *_note(absent)]
            pending = absent
            _put({key: contents[key] for key in absent})
            return _insert(insert, notes)
    except BaseException:
        if pending:
            _remove_orphans_or_log(pending)
        raise


def store_file(key: str, path: Path, insert: Callable[[], R]) -> R:
    """Stores a file of any size and makes the row that owns it. Returns what `insert` does.

    Raises:
        Unavailable: the storage is away.
    """
    try:
        with advisory_locks([key]):
            notes = _note([key])
            files().put_file(key, path)
            return _insert(insert, notes)
    except BaseException:
        _remove_orphans_or_log([key])
        raise


def remove_on_commit(keys: Iterable[str]) -> None:
    """Within a transaction that deletes rows: their files go once it is committed."""
    for chunk in chunker(keys, _CHUNK):
        _note(chunk)
        transaction.on_commit(lambda chunk=chunk: _remove_orphans_or_log(chunk))  # type: ignore[misc]


def remove_orphans(keys: Collection[str]) -> int:
    """Removes the files of pending keys that no row owns, and the notes. Returns the number of notes."""
    with advisory_locks(keys):
        notes = dict(PendingFile.objects.filter(key__in=keys).values_list("pk", "key"))
        files().remove(_orphans(notes.values()))
        _delete_notes(notes)
    return len(notes)


def quarantine_orphans(keys: Collection[str], folder: str) -> set[str]:
    """Moves files below another folder, if no row owns them and nobody is storing them. Returns the keys of those."""
    with advisory_locks(keys):
        orphans = set(keys).difference(noted_keys(keys), owned_keys(keys))
        _move(orphans, folder)
    return orphans


def quarantine_derived(keys: Collection[str], folder: str) -> None:
    """Moves files that can be made anew below another folder."""
    with advisory_locks(keys):
        _move({key for key in keys if files().exists(key)}, folder)


def noted_keys(keys: Collection[str]) -> set[str]:
    """Those of the keys whose files are being stored or removed."""
    return set(PendingFile.objects.filter(key__in=keys).values_list("key", flat=True))


def _move(keys: Collection[str], folder: str) -> None:
    for key in sorted(keys):
        files().move(key, f"{folder}/{key}")


def remove_orphans_older_than(seconds: float) -> Removed:
    """Settles what faults left behind; younger notes may be of work in progress."""
    files().remove_incoming(seconds)
    old = PendingFile.objects.filter(datetime_created__lt=timezone.now() - timedelta(seconds=seconds))
    removed = Removed(0, 0)
    for chunk in chunker(sorted(set(old.values_list("key", flat=True))), _CHUNK):
        there = [key for key in _orphans(chunk) if files().exists(key)]
        n_notes = remove_orphans(chunk)
        n_files = sum(not files().exists(key) for key in there)
        removed = Removed(removed.files + n_files, removed.notes + n_notes)
    return removed


def _left_behind(keys: Collection[str]) -> dict[int, str]:
    """Notes of these keys that a fault has left: id -> key, without those of files that a row owns."""
    notes = dict(PendingFile.objects.filter(key__in=keys).values_list("pk", "key"))
    owned = owned_keys(notes.values())
    return {note: key for note, key in notes.items() if key not in owned}


def _absent(contents: Mapping[str, bytes], derived: Collection[str], left: Mapping[int, str]) -> list[str]:
    """The keys that have no file, or one of a fault before; a file that nobody noted is not ours to remove."""
    found = {key for key in contents.keys() - left.values() if files().exists(key)}
    for key in found.difference(derived):
        if files().read(key) != contents[key] and key not in owned_keys([key]):
            raise Conflict(f"another file is stored as {key!r}, though no row owns it: it is not overwritten")
    return sorted(contents.keys() - found)


def _note(keys: Collection[str]) -> list[int]:
    """Writes keys down as pending. Returns the ids of the notes."""
    return [note.pk for note in PendingFile.objects.bulk_create([PendingFile(key=key) for key in keys])]


def _put(contents: Mapping[str, bytes]) -> None:
    for key, data in contents.items():
        if files().put_absent(key, data):
            continue
        # A fault before has left it, or a call of ours whose answer was lost: nobody owns it.
        files().remove([key])
        if not files().put_absent(key, data):
            raise Unavailable("others are storing the same files: try again later")


@retry_on_deadlock
def _insert(insert: Callable[[], R], notes: Collection[int]) -> R:
    with transaction.atomic():
        made = insert()
        _delete_notes(notes)
    return made


def _delete_notes(notes: Iterable[int]) -> None:
    """One by one: given several ids, MariaDB reads through all of a small table, and waits for rows of others."""
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {PendingFile._meta.db_table} WHERE id = %s", [(note,) for note in notes])


def _orphans(keys: Iterable[str]) -> list[str]:
    pending = set(keys)
    return sorted(pending - owned_keys(pending))


def _remove_orphans_or_log(keys: Collection[str]) -> None:
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        remove_orphans(keys)
    except (Error, Unavailable) as error:
        logger.warning("orphan files left, to be removed later, from %s: %s", next(iter(keys), "none"), error)
