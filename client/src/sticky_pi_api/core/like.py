"""Device patterns: SQL LIKE without an escape character, case-insensitive, ASCII only."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .errors import InvalidInput
from .formats import shown

MAX_LENGTH = 256


def check_pattern(value: Any) -> str:
    """The pattern in lower case. Raises InvalidInput where databases would disagree (not printable ASCII)."""
    if not isinstance(value, str):
        raise InvalidInput(
            f"{shown(value)} is not a pattern: it takes text, with % for any run and _ for one character"
        )
    if len(value) > MAX_LENGTH or not (value.isascii() and value.isprintable()):
        raise InvalidInput(f"{shown(value)} is not a pattern: it takes at most {MAX_LENGTH} printable ASCII characters")
    return value.lower()


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a text matches the pattern.

    What stands between two `%` is looked for once, where it comes first: going back for another place could find no
    more, and would take exponential time where there are many.
    """
    first, *rest = [re.escape(part).replace("_", ".") for part in pattern.lower().split("%")]
    expression = first + "".join(f"(?>.*?{part})" for part in rest[:-1]) + "".join(f".*{part}" for part in rest[-1:])
    fullmatch = re.compile(expression, re.DOTALL).fullmatch
    return lambda text: fullmatch(text.lower()) is not None
