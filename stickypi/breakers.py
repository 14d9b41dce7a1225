"""Circuit breakers: what a request waits for the database server and for the object store.

A part that is dead says so at once. One that is silent (a connection, and no answer) holds every thread that asks it
until a timeout, and soon no thread is left for the rest of the site. So each process keeps, for each part, which
requests use it, which of their calls wait for an answer, and when the last answer came:

* So many requests, fewer than there are threads, use a part at the same time; others wait until one has ended.
* A part that has left a call unanswered for `SILENCE` seconds is silent: now other requests fail at once, but for one
  every `PROBE_EVERY` seconds that tries it, once those that still wait are fewer. Any answer, be it of an error, ends
  that.
* A request that has waited in vain for a part, or has used up what it may wait in all, does not ask it again.

Only requests are limited: a command takes the time that it takes.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_finished, request_started

SILENCE = 3.0  # seconds
PROBE_EVERY = 2.0
_MOMENT = 0.5  # seconds within which a sound part answers a probe
_PATIENCE = 30.0  # seconds that a request waits for others to end

_request = threading.local()


class NoAnswer(TimeoutError):
    """A part does not answer, or takes longer than the request may wait."""


class CircuitBreaker:
    """Passes calls to a part on while it answers.

    Args:
        name: of the part, for the message.
        requests: how many may use it at the same time: fewer than the 8 threads or more of a worker, and fewer than
            of a part that they use before it.
        is_answer: whether an exception of a call is an answer of the part, and not its absence.
        budget: seconds that the calls of one request may take together, beyond what they are worth; None: any.
    """

    def __init__(
        self, name: str, requests: int, is_answer: Callable[[Exception], bool], budget: float | None = None
    ) -> None:
        self.name = name
        self._most = requests
        self._is_answer = is_answer
        self._budget = budget
        self._changed = threading.Condition()
        self._requests = 0
        self._waiting: dict[int, float] = {}  # thread -> start of its call
        self._answered = self._admitted = float("-inf")  # when, the last time
        self._silent = False

    @contextmanager
    def call(self, worth: float = 0.0) -> Iterator[None]:
        """Around a call. One that is answered within `worth` seconds is no burden on the request's budget.

        Raises:
            NoAnswer: the part is silent, or the request has waited for it long enough.
        """
        if not in_request():
            yield
            return
        self._refuse_spent()
        start = self._enter()
        try:
            yield
        except Exception as error:
            self._leave(start, worth, answered=self._is_answer(error))
            raise
        except BaseException:
            self._leave(start, worth, answered=False)
            raise
        self._leave(start, worth, answered=True)

    def _refuse_spent(self) -> None:
        if self in _request.lost or (self._budget is not None and _request.spent.get(self, 0.0) >= self._budget):
            raise NoAnswer(f"{self.name} takes longer to answer than a request may wait")

    def _enter(self) -> float:
        with self._changed:
            if self not in _request.uses:
                self._admit()
            elif self._silent:
                raise NoAnswer(f"{self.name} does not answer")
            self._waiting[threading.get_ident()] = now = time.monotonic()
        return now

    def _leave(self, start: float, worth: float, *, answered: bool) -> None:
        now = time.monotonic()
        _request.spent[self] = _request.spent.get(self, 0.0) + max(0.0, now - start - worth)
        with self._changed:
            del self._waiting[threading.get_ident()]
            if answered:
                self._answered = now
            lost = not answered and now - start >= SILENCE
            if lost:
                _request.lost.add(self)
            # A part that is dead says so at once.
            self._silent = lost and self._answered < now - SILENCE
            self._changed.notify_all()

    def _admit(self) -> None:
        """Waits until one more request may use the part."""
        arrived = time.monotonic()
        while not self._admits(now := time.monotonic()):
            if self._is_silent(now) and now > self._admitted + _MOMENT:
                raise NoAnswer(f"{self.name} does not answer")
            if now > arrived + _PATIENCE:
                raise NoAnswer(f"{self.name} has too much to do")
            self._changed.wait(_MOMENT)
        _request.uses.add(self)
        self._requests += 1
        self._admitted = now

    def _admits(self, now: float) -> bool:
        may_try = not self._is_silent(now) or now > self._admitted + PROBE_EVERY
        return may_try and self._requests < self._most

    def _is_silent(self, now: float) -> bool:
        oldest = min(self._waiting.values(), default=now)
        return self._silent or max(oldest, self._answered) < now - SILENCE

    def release(self) -> None:
        """The request of this thread has ended."""
        with self._changed:
            self._requests -= 1
            self._changed.notify_all()


def in_request() -> bool:
    """Whether this thread is answering a request."""
    return getattr(_request, "spent", None) is not None


def _begin(**kwargs: Any) -> None:
    _end()
    _request.spent, _request.lost, _request.uses = {}, set(), set()


def _end(**kwargs: Any) -> None:
    if in_request():
        for breaker in _request.uses:
            breaker.release()
    _request.spent = None


request_started.connect(_begin, dispatch_uid="breakers")
request_finished.connect(_end, dispatch_uid="breakers")
