"""MariaDB ends a deadlock by taking one of its transactions back: that one is to be tried again."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from sticky_pi_api.core.errors import Unavailable

_DEADLOCK = 1213
_ATTEMPTS = 50

P = ParamSpec("P")
R = TypeVar("R")


def is_deadlock(error: OperationalError) -> bool:
    """Whether MariaDB chose this transaction to give way to another."""
    return bool(error.args) and error.args[0] == _DEADLOCK


def retry_on_deadlock(function: Callable[P, R]) -> Callable[P, R]:
    """Makes a function whose whole work is one transaction try again; Unavailable where that does not help.

    Called within a transaction it does not: MariaDB takes back all of that, and who began it tries again.
    """

    @wraps(function)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        for _ in range(_ATTEMPTS):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if not is_deadlock(error):
                    raise
        raise Unavailable("many are at work on the same rows: try again later")

    return attempt
