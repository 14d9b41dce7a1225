"""Rows against stored files, in both directions.

The keys that rows ask for and the keys of the listing come in the same order, and are merged: what is in memory is a
page of either, however many there are. Both are read while the site goes on, so whatever looks wrong is looked at once
more, alone, before it is told: an upload or a deletion under way is no finding.
"""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import merge
from itertools import groupby

from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Unavailable
from stickypi.storage import DiskStorage, files
from stickypi.storage.owners import Expected, FileOwner, owned_keys, owners
from stickypi.storage.pending_files import noted_keys, quarantine_derived, quarantine_orphans
from stickypi.storage.stored import StoredFile

QUARANTINE = "quarantine"
_STEP = 500  # keys
_THREADS = 8  # that read files
_KEYS_PER_MOVE = 50
_LONGEST = 1024  # bytes of a key in a bucket
_MD5 = 32  # characters; the ETag of a file that was put in parts has more


class Kind(StrEnum):
    """What may be wrong with a file."""

    MISSING = "missing"
    NO_THUMBNAIL = "no thumbnail"
    ORPHAN = "orphan"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Finding:
    """A file with which something is wrong; `repaired` says what was done about it."""

    kind: Kind
    key: str
    detail: str
    is_derived: bool = False
    repaired: str = ""


@dataclass(frozen=True)
class Step:
    """What has been gone through up to and with the key `last`: so many files, that have so many bytes."""

    folder: str
    last: str
    n_files: int
    n_bytes: int
    findings: list[Finding]


@dataclass(frozen=True)
class _Pair:
    key: str
    expected: Expected | None
    stored: StoredFile | None


def verify(*, deep: bool, quarantine: str | None, after: str = "") -> Iterator[Step]:
    """Goes through all files whose keys come after `after`, step by step.

    Args:
        deep: read every file, and compare it with the md5 of its row; of thumbnails and tuboids, which have none in
            theirs, whether they are whole.
        quarantine: repair, and move what no row owns, and damaged thumbnails, below this folder; None: change nothing.
        after: the `last` of a step before, to go on there.
    """
    with ThreadPoolExecutor(_THREADS) as readers:
        for owner in owners():
            if after >= f"{owner.folder}0":  # `0` comes after `/`
                continue
            for pairs in chunker(_pairs(owner, after), _STEP):
                findings = [*_confirmed(pairs), *_damaged(owner, pairs, deep, readers)]
                if quarantine:
                    findings = _repaired(owner, findings, quarantine)
                there = [pair.stored for pair in pairs if pair.stored]
                n_bytes = sum(file.size for file in there)
                after = next((pair.key for pair in reversed(pairs) if _is_text(pair.key)), after)
                yield Step(owner.folder, after, len(there), n_bytes, sorted(findings, key=lambda each: each.key))


def _pairs(owner: FileOwner, after: str) -> Iterator[_Pair]:
    """The files that rows ask for and those that are there, side by side."""
    asked = (_Pair(each.key, each, None) for each in owner.expected(after))
    there = (_Pair(each.key, None, each) for each in files().list_files(owner.folder, after))
    for key, same in groupby(merge(asked, there, key=lambda pair: pair.key), lambda pair: pair.key):
        sides = list(same)
        expected = next((side.expected for side in sides if side.expected), None)
        yield _Pair(key, expected, next((side.stored for side in sides if side.stored), None))


def _confirmed(pairs: Sequence[_Pair]) -> Iterator[Finding]:
    """Rows without files and files without rows, those that are still so."""
    alone = {pair.key: pair for pair in pairs if not (pair.expected and pair.stored) and _is_text(pair.key)}
    # The notes first: who has inserted the row in the meantime has deleted the note with it.
    noted, owned, there = noted_keys(alone), owned_keys(alone), files().existing(alone)
    for key, pair in alone.items():
        if pair.stored and key not in owned and key not in noted and key in there:
            yield Finding(Kind.ORPHAN, key, f"no row has this file ({pair.stored.size:,} bytes)")
        elif pair.expected and key in owned and key not in there:
            kind = Kind.NO_THUMBNAIL if pair.expected.is_derived else Kind.MISSING
            yield Finding(kind, key, "a row has this file, and it is not there", pair.expected.is_derived)
    for pair in pairs:
        if pair.stored and not _is_text(pair.key):
            yield Finding(Kind.ORPHAN, pair.key, "its name is no text: no row can have it, and it is left where it is")


def _damaged(owner: FileOwner, pairs: Sequence[_Pair], deep: bool, readers: ThreadPoolExecutor) -> Iterator[Finding]:
    both = [(pair.expected, pair.stored) for pair in pairs if pair.expected and pair.stored]
    read = [(expected, stored) for expected, stored in both if deep or _is_suspect(expected, stored)]
    for (expected, _), damage in zip(read, readers.map(lambda pair: _damage(owner, *pair), read), strict=True):
        if damage:
            yield Finding(Kind.DAMAGED, expected.key, damage, expected.is_derived)


def _is_suspect(expected: Expected, stored: StoredFile) -> bool:
    """Whether the listing alone makes it worth reading a file: empty, or of an ETag that is no md5 of its row."""
    is_other = bool(expected.md5 and stored.etag and len(stored.etag) == _MD5 and stored.etag != expected.md5)
    return is_other or not stored.size


def _damage(owner: FileOwner, expected: Expected, stored: StoredFile) -> str | None:
    try:
        return owner.damage(expected, stored)
    except Unavailable as error:
        if isinstance(files(), DiskStorage):  # this file cannot be read; of a bucket, none can
            return error.detail
        raise


def _repaired(owner: FileOwner, findings: Sequence[Finding], quarantine: str) -> list[Finding]:
    findings = [_movable(each, quarantine) for each in findings]
    orphans = [each.key for each in findings if each.kind is Kind.ORPHAN and not _cannot_move(each.key, quarantine)]
    derived = [each.key for each in findings if each.is_derived]
    moved: set[str] = set()
    for keys in chunker(orphans, _KEYS_PER_MOVE):
        moved |= quarantine_orphans(keys, quarantine)
    for keys in chunker(
        [each.key for each in findings if each.is_derived and each.kind is Kind.DAMAGED], _KEYS_PER_MOVE
    ):
        quarantine_derived(keys, quarantine)
    failed = owner.remake(derived)
    return [_told(each, moved, failed, quarantine) for each in findings]


def _movable(finding: Finding, quarantine: str) -> Finding:
    """The finding, which says so where an orphan is left where it is for its name."""
    if finding.kind is Kind.ORPHAN and _is_text(finding.key) and _cannot_move(finding.key, quarantine):
        return replace(finding, detail=f"{finding.detail}; its name is too long to be moved: it is left where it is")
    return finding


def _cannot_move(key: str, quarantine: str) -> bool:
    return not _is_text(key) or len(f"{quarantine}/{key}".encode()) > _LONGEST


def _told(finding: Finding, moved: Collection[str], failed: dict[str, str], quarantine: str) -> Finding:
    if finding.key in moved:
        return replace(finding, repaired=f"moved to {quarantine}/{finding.key}")
    if finding.key in failed:
        return replace(finding, detail=f"{finding.detail}; {failed[finding.key]}")
    return replace(finding, repaired="made anew" if finding.is_derived else "")


def _is_text(key: str) -> bool:
    """Whether a key can be told to a database: names on a disk may be any bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in key)
