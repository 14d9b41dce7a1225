"""Texts and numbers within the bounds of their columns."""

import re
from collections.abc import Callable
from typing import Any

from .errors import InvalidInput
from .formats import shown

ALGO_VERSION = r"[!-.0-~]{1,46}"  # printable ASCII without blanks and /
_ALGO_VERSION = re.compile(ALGO_VERSION)
_MD5 = re.compile(r"[0-9a-f]{32}", re.ASCII)
_BREAKS = str.maketrans("", "", "\n\r\t")
MAX_INTEGER = 2**31 - 1


def text_parser(limit: int) -> Callable[[Any], str]:
    """A parser of printable text of 1 to `limit` characters without blanks around it."""

    def parse(value: Any) -> str:
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= limit
            or not value.isprintable()
            or value.strip() != value
        ):
            raise InvalidInput(
                f"{shown(value)} is not text of 1 to {limit} printable characters without blanks around it"
            )
        return value

    return parse


def optional_text_parser(limit: int) -> Callable[[Any], str | None]:
    """The same, an empty text being none."""
    parse = text_parser(limit)
    return lambda value: None if value == "" else parse(value)


def paragraph_parser(limit: int) -> Callable[[Any], str]:
    """A parser of text of at most `limit` characters, which may be empty and may have line breaks and tabs."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or len(value) > limit or not value.translate(_BREAKS).isprintable():
            raise InvalidInput(f"{shown(value)} is not text of at most {limit} characters that can be printed")
        return value

    return parse


def integer_parser(lowest: int) -> Callable[[Any], int]:
    """A parser of integers from `lowest` to what a database's column holds."""

    def parse(value: Any) -> int:
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        if not isinstance(whole, int) or isinstance(whole, bool) or not lowest <= whole <= MAX_INTEGER:
            raise InvalidInput(f"{shown(value)} is not an integer from {lowest} to {MAX_INTEGER}")
        return whole

    return parse


def parse_token(value: Any) -> str:
    """The token of a lease of work."""
    return text_parser(48)(value)


def parse_algo_name(value: Any) -> str:
    """The name of an algorithm: upper and lower case differ."""
    name = text_parser(64)(value)
    if not name.isascii():
        raise InvalidInput(f"{shown(value)} is not the name of an algorithm: it takes ASCII characters only")
    return name


def parse_algo_version(value: Any) -> str:
    """A version, by custom `<unix timestamp>-<md5>`, so that text order is order in time."""
    if not isinstance(value, str) or not _ALGO_VERSION.fullmatch(value):
        raise InvalidInput(
            f"{shown(value)} is not the version of an algorithm: it takes 1 to 46 printable ASCII characters without "
            "blanks and /, e.g. '1598113346-ad2cd78dfaca12821046dfb8994724d5'"
        )
    return value


def parse_md5(value: Any) -> str:
    """An md5 in lower-case hexadecimal."""
    md5 = value.strip().lower() if isinstance(value, str) else ""
    if not _MD5.fullmatch(md5):
        raise InvalidInput(f"{shown(value)} is not an md5: it takes 32 hexadecimal characters")
    return md5
