"""What the benchmarks share: calls in turn and their medians, growth of memory, a server's answers and its database."""

import contextlib
import http.client
import sqlite3
import statistics
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.services import mariadb
from tests.services.server import ADMIN, Server

_WARM_UPS = 4  # more than workers
_BUFFER = bytearray(1 << 20)


def medians(calls: Sequence[Callable[[], Any]], rounds: int) -> list[float]:
    """Seconds of each of the calls: the median of rounds in which each has its turn, after one that warms up."""
    measured = [[seconds(call) for call in calls] for _ in range(rounds + 1)]
    return [statistics.median(of_call) for of_call in zip(*measured[1:], strict=True)]


def seconds(call: Callable[[], Any]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def growth(server: Server, warm_up: Callable[[], Any], call: Callable[[], Any]) -> int:
    """Bytes by which the memory of a freshly started server grows, at most, while it serves a call."""
    server.restart()
    for _ in range(_WARM_UPS):
        warm_up()
    before = server.memory()
    with _sampling(server.memory) as sampled:
        call()
    return max(sampled) - before


@contextlib.contextmanager
def _sampling(read: Callable[[], int]) -> Iterator[list[int]]:
    """What `read` says, again and again as long as the block runs."""
    sampled, done = [read()], threading.Event()

    def sample() -> None:
        while not done.wait(0.02):
            sampled.append(read())

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield sampled
    finally:
        done.set()
        sampler.join()


def post(server: Server, path: str, body: bytes) -> int:
    """Calls an operation, and reads the answer as fast as it comes. Returns its bytes.

    Raises:
        RuntimeError: another status than 200.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    with contextlib.closing(connection):
        authorization = f"Basic {b64encode(':'.join(ADMIN).encode()).decode()}"
        connection.request("POST", path, body, {"Authorization": authorization})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {response.read(1000)!r}")
        size = 0
        while read := response.readinto(_BUFFER):
            size += read
    return size


def connect(server: Server) -> Any:
    """A DB-API connection to its database, which is MariaDB or SQLite."""
    if server.environment.get("MYSQL_HOST"):
        return mariadb.connect(server.environment)
    return sqlite3.connect(server.data_dir / "stickypi.db")


def mark(server: Server) -> str:
    """The placeholder of a parameter in the statements of such a connection."""
    return "%s" if server.environment.get("MYSQL_HOST") else "?"
