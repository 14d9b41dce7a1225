"""Keeps what a worker has leased while it is busy with it."""

import logging
import threading
from collections.abc import Sequence

from ..core.errors import APIError
from ..core.work import Held, shorten
from .source import WorkSource

logger = logging.getLogger(__name__)


class Keeper:
    """The items of one lease that are not settled; a thread extends them, three times in their time.

    Args:
        seconds: of a lease.
    """

    def __init__(self, source: WorkSource, seconds: int) -> None:
        self._source, self._seconds = source, seconds
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._token, self._ours = "", set[int]()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread, if it does not run."""
        if not self._thread or not self._thread.is_alive():
            self._ended.clear()
            self._thread = threading.Thread(target=self._keep, daemon=True)
            self._thread.start()

    def hold(self, token: str, items: Sequence[int]) -> None:
        """These are to be kept, instead of those before."""
        with self._lock:
            self._token, self._ours = token, set(items)

    def has(self, item: int) -> bool:
        """Whether it is still to be done: nobody else has got it."""
        return item in self._ours

    def settle(self, item: int) -> None:
        """It is done, or lost."""
        with self._lock:
            self._ours.discard(item)

    def fail(self, item: int, reason: str) -> None:
        """It cannot be done."""
        self.settle(item)
        self._source.fail(Held(self._token, [item], self._seconds, shorten(reason)))

    def end(self) -> None:
        """Gives back what is left, and ends the thread."""
        self._ended.set()
        with self._lock:
            items, self._ours = sorted(self._ours), set()
        if not items:
            return
        try:
            self._source.give_back(Held(self._token, items, self._seconds, ""))
        except APIError as error:
            logger.warning("the lease could not be given back, and ends by itself: %s", error)

    def _keep(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            with self._lock:
                token, items = self._token, sorted(self._ours)
            if not items:
                continue
            try:
                kept = self._source.extend(Held(token, items, self._seconds, ""))
            except APIError as error:
                logger.warning("the lease could not be extended: %s", error)
                continue
            with self._lock:
                if token == self._token:
                    self._ours -= set(items) - set(kept)
