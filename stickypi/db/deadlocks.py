"""A database ends a deadlock by taking one of its transactions back: that one is to be tried again."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from stickypi.db.errors import is_contention

_SECONDS = 8.0  # in all
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5

P = ParamSpec("P")
R = TypeVar("R")


def retry_on_deadlock(function: Callable[P, R]) -> Callable[P, R]:
    """Makes a function whose whole work is one transaction try again, after pauses that grow.

    Called within a transaction it does not: all of that is taken back, and who began it tries again.
    """

    @wraps(function)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        deadline, pause = time.monotonic() + _SECONDS, _FIRST_PAUSE
        while True:
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not is_contention(error) or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0, pause))  # noqa: S311
            pause = min(2 * pause, _LONGEST_PAUSE)

    return attempt
