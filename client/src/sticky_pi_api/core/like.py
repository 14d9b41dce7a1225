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

    Runs of `%` are split at and searched for one after the other, so that no pattern takes more than
    (length of text x length of pattern) steps: a regular expression with many `.*` would take exponential time.
    """
    first, *rest = [re.compile(re.escape(part).replace("_", "."), re.DOTALL) for part in pattern.lower().split("%")]
    if not rest:
        return lambda text: first.fullmatch(text.lower()) is not None
    *middle, last = rest
    last_length = len(pattern.lower().split("%")[-1])

    def matches(text: str) -> bool:
        text = text.lower()
        found = first.match(text)
        for part in middle:
            found = found and part.search(text, found.end())
        start = len(text) - last_length
        return found is not None and start >= found.end() and last.match(text, start) is not None

    return matches
