"""Who owns the files of each top folder: which files its rows have, and whether one is what a row says.

The apps register themselves as they start, so that what goes over all files (`pending_files`, `verification`) need know
none of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from stickypi.storage.stored import StoredFile


@dataclass(frozen=True)
class Expected:
    """A file that a row has: with this md5, where the row says it; `is_derived` if it can be made of another file."""

    key: str
    md5: str | None = None
    is_derived: bool = False


class FileOwner(ABC):
    """The owner of the files below `folder`."""

    folder: str

    @abstractmethod
    def owned(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that a row has; names that no row can have are among the others."""

    @abstractmethod
    def expected(self, after: str) -> Iterator[Expected]:
        """The files of all rows whose keys come after `after`, in order of keys, with few rows in memory."""

    @abstractmethod
    def damage(self, expected: Expected, stored: StoredFile) -> str | None:
        """What is wrong with a file, read as a whole; None if nothing is. May be called in any thread."""

    def remake(self, keys: Collection[str]) -> dict[str, str]:
        """Makes derived files anew. Returns why not, by key, for those that could not be made."""
        return dict.fromkeys(keys, "it cannot be made anew")


_owners: dict[str, FileOwner] = {}


def register_owner(owner: FileOwner) -> None:
    """Makes it the owner of its folder."""
    _owners[owner.folder] = owner


def owners() -> list[FileOwner]:
    """All owners, in order of their folders."""
    return [_owners[folder] for folder in sorted(_owners)]


def owned_keys(keys: Collection[str]) -> set[str]:
    """Those of the keys, in any folders, that a row has."""
    by_folder: dict[str, list[str]] = {}
    for key in keys:
        by_folder.setdefault(key.partition("/")[0], []).append(key)
    return set().union(*(_owners[folder].owned(of_folder) for folder, of_folder in by_folder.items()))
