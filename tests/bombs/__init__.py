"""Requests that are cheap to send and dear to answer."""

import contextlib
from collections.abc import Iterator

from tests.services.server import Server

SECONDS = 2.0


@contextlib.contextmanager
def bounded(server: Server, seconds: float = SECONDS) -> Iterator[None]:
    """A block in which the server may use so many seconds of processor time, and none of its workers may die."""
    workers, before = server.workers(), server.cpu_seconds()
    yield
    used = server.cpu_seconds() - before
    assert server.workers() == workers, "a worker died"
    assert used < seconds, f"{used:.1f} s of processor time"
