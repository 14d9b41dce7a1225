"""A TCP proxy on loopback before a real part, which can fail in the backends that networks do."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from math import inf

from tests.services import free_port

_PIECE = 1 << 16


class Proxy:
    """Forwards connections to a port of this machine, until it is told to fail: a context manager."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self._target = ("127.0.0.1", target_port)
        self._flowing = threading.Event()
        self._flowing.set()
        self._bytes_per_second = 0.0
        self._losses: tuple[random.Random, float, float] | None = None
        self._listener: socket.socket | None = None
        self._sockets: set[socket.socket] = set()

    def __enter__(self) -> "Proxy":
        self._listen()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop_listening()
        self._flowing.set()
        self.cut()

    def cut(self) -> None:
        """Resets all connections; new ones are taken."""
        for each in list(self._sockets):
            self._sockets.discard(each)
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Takes connections and what they send, and forwards nothing, in either direction, for a while.

        What was held back is forwarded afterwards, where somebody still waits for it.
        """
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    @contextlib.contextmanager
    def dead(self) -> Iterator[None]:
        """Refuses connections for a while, those that are open are reset."""
        self._stop_listening()
        self.cut()
        try:
            yield
        finally:
            self._listen()

    @contextlib.contextmanager
    def slow(self, bytes_per_second: float) -> Iterator[None]:
        """Forwards each connection at this rate for a while."""
        self._bytes_per_second = bytes_per_second
        try:
            yield
        finally:
            self._bytes_per_second = 0.0

    @contextlib.contextmanager
    def lossy(self, *, dropped: float, truncated: float, seed: int = 1) -> Iterator[None]:
        """Loses these shares of the connections for a while: as a whole or with the answer, or after some bytes."""
        self._losses = random.Random(seed), dropped, truncated
        try:
            yield
        finally:
            self._losses = None

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                self._sockets.add(client)
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._flowing.wait()
        sent, answered = self._chance()
        if sent == 0:
            self._drop(client)
            return
        try:
            target = socket.create_connection(self._target, timeout=10)
            target.settimeout(None)
            self._sockets.add(target)
            for each in (client, target):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # there is none, or the client has been cut off
            self._drop(client)
            return
        for source, sink, most in ((client, target, sent), (target, client, answered)):
            threading.Thread(target=self._forward, args=(source, sink, most), daemon=True).start()

    def _chance(self) -> tuple[float, float]:
        """How many bytes of a request, and of its answer, come through."""
        if not self._losses:
            return inf, inf
        rng, dropped, truncated = self._losses
        chance = rng.random()
        if chance < dropped:
            return (0, inf) if chance < dropped / 2 else (inf, 0)
        return (rng.randrange(1, 2000), inf) if chance < dropped + truncated else (inf, inf)

    def _forward(self, source: socket.socket, sink: socket.socket, most: float) -> None:
        try:
            while data := source.recv(_PIECE):
                self._flowing.wait()
                if len(data) > most:
                    sink.sendall(data[: int(most)])
                    self._drop(source, sink)
                    return
                most -= len(data)
                if self._bytes_per_second:
                    time.sleep(len(data) / self._bytes_per_second)
                sink.sendall(data)
            self._flowing.wait()
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(source, sink)

    def _drop(self, *sockets: socket.socket) -> None:
        for each in sockets:
            self._sockets.discard(each)
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
