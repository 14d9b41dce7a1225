"""Rows by patterns of their fields, as the operations on users and projects take them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import InvalidInput
from .formats import shown
from .info import parse_each, scalar
from .like import MAX_LENGTH, matcher

Filter = dict[str, str]  # field -> LIKE pattern


def field_filters(info: Any, fields: Sequence[str], *, most: int) -> list[Filter]:
    """What each element asks for; no element asks for all rows."""
    return parse_each(info or [{}], lambda element: _filter(element, fields), most=most)


def deletion_filters(info: Any, fields: Sequence[str], *, most: int) -> list[Filter]:
    """The same of what is to be deleted: no element is nothing, and one that names no field is an error."""
    return parse_each(info, lambda element: _deletion_filter(element, fields), most=most)


def _deletion_filter(element: dict[str, Any], fields: Sequence[str]) -> Filter:
    asked = _filter(element, fields)
    if not asked:
        raise InvalidInput(
            f"this names none of {', '.join(fields)}, and so would delete all: if you mean that, say {{'id': '%'}}"
        )
    return asked


def _filter(element: dict[str, Any], fields: Sequence[str]) -> Filter:
    asked = {name: scalar(element.get(name)) for name in fields}
    return {name: _pattern(name, value) for name, value in asked.items() if value is not None}


def _pattern(name: str, value: Any) -> str:
    if isinstance(value, bool | int):
        return str(int(value))
    # Compared in Python: unlike patterns of devices, which databases compare, it may have any letters.
    if not isinstance(value, str) or len(value) > MAX_LENGTH or not value.isprintable():
        raise InvalidInput(
            f"{name!r}: {shown(value)} is not a pattern: it takes at most {MAX_LENGTH} characters that can be printed"
        )
    return value


def matches(row: Mapping[str, Any], filters: Iterable[Filter]) -> bool:
    """Whether any field that any of the filters names matches; a filter that names none matches all."""
    return any(not asked or any(_like(row[name], pattern) for name, pattern in asked.items()) for asked in filters)


def matches_fully(row: Mapping[str, Any], filters: Iterable[Filter]) -> bool:
    """Whether all fields that one of the filters names match: so that a row as a filter is that row, and no other."""
    return any(all(_like(row[name], pattern) for name, pattern in asked.items()) for asked in filters)


def _like(value: Any, pattern: str) -> bool:
    if value is None:
        return False
    return matcher(pattern)(str(int(value)) if isinstance(value, bool) else str(value))
