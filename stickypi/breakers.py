"""Circuit breakers: what a request waits for the database server and for the object store.

A part that is dead says so at once. One that is silent (a connection, and no answer) holds every thread that asks it
until a timeout, and soon no thread is left for the rest of the site. So each process keeps, for each part, which calls
wait for an answer and when the last answer came:

* A part that has left a call unanswered for `SILENCE` seconds is silent: a single call every `PROBE_EVERY` seconds
  tries it, all others fail at once. Any answer, be it of an error, ends that.
* While nothing has been answered for a moment, at most `WAITING` calls wait; further ones are held until it is known
  whether the part is slow or silent.
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
PROBE_EVERY = 4.0
WAITING = 4  # together with the probes, fewer than the threads of a worker
_MOMENT = 0.25

_request = threading.local()


class NoAnswer(TimeoutError):
    """A part does not answer, or takes longer than the request may wait."""


class CircuitBreaker:
    """Passes calls to a part on while it answers.

    Args:
        name: of the part, for the message.
        is_answer: whether an exception of a call is an answer of the part, and not its absence.
        budget: seconds that the calls of one request may take together, beyond what they are worth; None: any.
    """

    def __init__(self, name: str, is_answer: Callable[[Exception], bool], budget: float | None = None) -> None:
        self.name = name
        self._is_answer = is_answer
        self._budget = budget
        self._changed = threading.Condition()
        self._waiting: dict[int, float] = {}
        self._answered = self._probed = float("-inf")
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
        arrived = time.monotonic()
        with self._changed:
            while not self._admits(now := time.monotonic()):
                silent = self._is_silent(now)
                if self._silent or (silent and now > arrived + _MOMENT):
                    raise NoAnswer(f"{self.name} does not answer")
                self._changed.wait(_MOMENT)
            self._waiting[threading.get_ident()] = now
        return now

    def _leave(self, start: float, worth: float, *, answered: bool) -> None:
        now = time.monotonic()
        _request.spent[self] = _request.spent.get(self, 0.0) + max(0.0, now - start - worth)
        with self._changed:
            del self._waiting[threading.get_ident()]
            if answered:
                self._answered, self._silent = now, False
                self._changed.notify_all()
            elif now - start >= SILENCE:
                self._silent = self._answered < start
                _request.lost.add(self)

    def _admits(self, now: float) -> bool:
        if not self._is_silent(now):
            return len(self._waiting) < WAITING or self._answered > now - _MOMENT
        if self._probed > now - PROBE_EVERY:
            return False
        self._probed = now
        return True

    def _is_silent(self, now: float) -> bool:
        oldest = min(self._waiting.values(), default=now)
        return self._silent or (oldest < now - SILENCE and self._answered < oldest)


def in_request() -> bool:
    """Whether this thread is answering a request."""
    return getattr(_request, "spent", None) is not None


def _begin(**kwargs: Any) -> None:
    _request.spent, _request.lost = {}, set()


def _end(**kwargs: Any) -> None:
    _request.spent = None


request_started.connect(_begin, dispatch_uid="breakers")
request_finished.connect(_end, dispatch_uid="breakers")
