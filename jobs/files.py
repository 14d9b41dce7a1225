"""The files of jobs: a result each, until it expires."""

from collections.abc import Collection, Iterator

from jobs import queries
from stickypi.storage.owners import Expected, FileOwner
from stickypi.storage.stored import StoredFile


class ResultFiles(FileOwner):
    """What jobs have made."""

    folder = "job_results"

    def owned(self, keys: Collection[str]) -> set[str]:
        return queries.stored_results(keys)

    def expected(self, after: str) -> Iterator[Expected]:
        return map(Expected, queries.results_after(after))

    def damage(self, expected: Expected, stored: StoredFile) -> str | None:
        size = queries.result_bytes(expected.key)
        return None if size in (None, stored.size) else f"it has {stored.size} bytes, its row says {size}"
