"""Items one by one, as long as there are any: leased some at a time, and kept while the worker lives."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..core.errors import InvalidInput
from ..core.formats import shown
from ..core.work import Asked
from .items import Item
from .keeper import Keeper
from .source import Lease, WorkSource

if TYPE_CHECKING:
    from ..base import BaseClient

_UNITS = {"s": 1, "min": 60, "h": 3600}
_LENGTH = re.compile(r"(\d{1,6})\s*(s|min|h)")
_LONGEST_PAUSE = 30.0


def seconds_of(length: str | float) -> int:
    """A time such as `30min`, `2h`, `90s`, or seconds. Raises InvalidInput for others."""
    if isinstance(length, int | float):
        return round(length)
    found = _LENGTH.fullmatch(length.strip())
    if not found:
        raise InvalidInput(f"{shown(length)} is not a time: it takes e.g. 30min, 2h or 90s")
    return int(found[1]) * _UNITS[found[2]]


def worker_name() -> str:
    """Which worker this is: host, process and thread."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_native_id()}"


class Work:
    """Items to be done: iterate over it. A worker each: threads and processes make their own.

    What is leased is kept as long as the process lives. An item that the loop leaves without a result has failed; those
    that it never came to are given back when it ends. As a context manager, an exception in the block is the reason
    why the item at hand failed.
    """

    def __init__(
        self, client: "BaseClient", source: WorkSource, kind: str, asked: Asked, *, until_empty: bool, pause: float = 2
    ) -> None:
        self._client, self._source, self._kind, self._asked = client, source, kind, asked
        self._until_empty, self._pause = until_empty, pause
        self._stopped = threading.Event()
        self._keeper = Keeper(source, asked.seconds)  # its thread knows nothing of this: a loop that ends is let go
        self._item: Item | None = None
        self._is_block = False

    def __iter__(self) -> Iterator[Item]:
        """Items, each when the one before is settled."""
        pause = self._pause
        self._keeper.start()
        try:
            while not self._stopped.is_set():
                lease = self._source.take(self._kind, self._asked)
                if lease.items:
                    pause = self._pause
                    yield from self._of(lease)
                elif self._until_empty and not lease.n_held:
                    return
                else:
                    self._stopped.wait(pause)
                    pause = min(_LONGEST_PAUSE, 1.5 * pause)
        finally:
            if not self._is_block:  # else its end says whether the present item has failed
                self._keeper.end()

    @property
    def is_stopped(self) -> bool:
        """Whether it ends after the present item."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ends the iteration after the present item; what is not done is given back."""
        self._stopped.set()

    def __enter__(self) -> Self:
        self._is_block = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and self._item and not self._item.is_settled:
            self._item.fail(f"{type(error).__name__}: {error}")
        self._keeper.end()

    def _of(self, lease: Lease) -> Iterator[Item]:
        self._keeper.hold(lease.token, [row["id"] for row in lease.items])
        of = (self._kind, self._asked.algo_name, self._asked.algo_version)
        for row in lease.items:
            if self._stopped.is_set():
                return
            if not self._keeper.has(row["id"]):
                continue  # lost meanwhile
            with TemporaryDirectory(prefix="sticky-pi-") as folder:
                item = Item(self._client, row, of=of, token=lease.token, folder=Path(folder), fail=self._keeper.fail)
                self._item = item
                yield item
            if not item.is_settled and not self._stopped.is_set():
                item.fail("the worker went on without a result")
            if item.is_settled:
                self._keeper.settle(item.id)
