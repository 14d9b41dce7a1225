"""Checking passwords without being stopped by it: a hash takes a good part of a second of a core, on purpose."""

import os
import sys
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor

from django.contrib.auth.hashers import check_password, make_password

from sticky_pi_api.core.errors import Throttled

_DEADLINE = 15  # seconds that a request waits for its turn and its hash
_RETRY_AFTER = 2
_NICENESS = 10


class HashQueue:
    """Checks passwords one at a time, in a thread to which the kernel prefers those that answer requests.

    Requests that ask the same at the same time share one hash. Each that waits holds a thread of the server, so the
    queue is short: whoever finds it full is told to come back.

    Args:
        size: how many different passwords may be in the queue.
        size_per_address: how many of them from one address.
    """

    def __init__(self, *, size: int, size_per_address: int) -> None:
        self._size = size
        self._size_per_address = size_per_address
        self._checks: dict[Hashable, tuple[str, Future[bool]]] = {}
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(1, "hashing", initializer=_lower_priority)

    def check(
        self,
        key: Hashable,
        address: str,
        password: str,
        encoded: str,
        *,
        on_success: Callable[[str], None],
        may_share: bool = True,
    ) -> bool:
        """Whether `encoded` is a hash of the password.

        Args:
            key: the same for what is the same check.
            address: where the request comes from.
            password: as it was sent.
            encoded: the user's hash; an empty one is wrong after the same time.
            on_success: called before any other request learns of the success, with the hash that the user should have:
                a new one where `encoded` is of an old kind.
            may_share: whether to wait where another request is already asking the same.

        Raises:
            Throttled: too many passwords are being checked.
        """
        with self._lock:
            is_first = key not in self._checks
            if is_first:
                self._refuse_if_full(address)
                self._checks[key] = address, Future()
            elif not may_share:
                raise _full()
            _, outcome = self._checks[key]
        if is_first:
            self._settle(key, outcome, password, encoded, on_success)
        try:
            return outcome.result(_DEADLINE)
        except TimeoutError:
            raise _full() from None

    def _refuse_if_full(self, address: str) -> None:
        of_address = sum(1 for other, _ in self._checks.values() if other == address)
        if len(self._checks) >= self._size or of_address >= self._size_per_address:
            raise _full()

    def _settle(
        self,
        key: Hashable,
        outcome: Future[bool],
        password: str,
        encoded: str,
        on_success: Callable[[str], None],
    ) -> None:
        hashing = self._executor.submit(_check, password, encoded)
        try:
            current = hashing.result(_DEADLINE)
            if current is not None:
                on_success(current)
            outcome.set_result(current is not None)
        except Exception as error:  # noqa: BLE001  raised to all that wait for it
            hashing.cancel()
            outcome.set_exception(error)
        finally:
            with self._lock:
                del self._checks[key]


def _check(password: str, encoded: str) -> str | None:
    """`encoded` if it is a hash of the password, or a new one where it is outdated; None if it is of another."""
    current = encoded

    def renew(password: str) -> None:
        nonlocal current
        current = make_password(password)

    return current if check_password(password, encoded, renew) else None


def _full() -> Throttled:
    return Throttled(
        f"many are signing in at this moment, try again in {_RETRY_AFTER} seconds", retry_after=_RETRY_AFTER
    )


def _lower_priority() -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
