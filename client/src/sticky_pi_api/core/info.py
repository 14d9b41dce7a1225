"""The `info` of a call: a list of dictionaries, checked element by element and turned into typed values."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from .errors import APIError, InvalidInput, TooLarge
from .formats import parse_datetime, parse_device, shown
from .like import check_pattern
from .limits import KEYS, SERIES, check_number

T = TypeVar("T")


class ImageKey(NamedTuple):
    """What identifies an image."""

    device: str
    datetime: datetime


@dataclass(frozen=True)
class Series:
    """Devices by pattern, and a range of datetimes."""

    device: str
    start_datetime: datetime
    end_datetime: datetime


def scalar(value: Any) -> Any:
    """The value of a list of one (R's JSON has no scalars), or the value itself."""
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def field(element: dict[str, Any], name: str, parse: Callable[[Any], Any], default: Any = ...) -> Any:
    """A parsed field of an element of `info`; without a default it is required."""
    value = scalar(element.get(name))
    if value is None:
        if default is ...:
            raise InvalidInput(f"{name!r} is missing")
        return default
    try:
        return parse(value)
    except InvalidInput as error:
        raise InvalidInput(f"{name!r}: {error.detail}") from error


def parse_each(info: Any, parse: Callable[[dict[str, Any]], T], *, most: int = KEYS) -> list[T]:
    """Every element of `info`, parsed.

    Raises:
        InvalidInput: its `items` list each bad element.
        TooLarge: more than `most` elements.
    """
    return parse_all(info, lambda element: parse(dictionary(element)), most=most)


def parse_all(info: Any, parse: Callable[[Any], T], *, most: int = KEYS) -> list[T]:
    """As `parse_each`, for elements that need not be dictionaries."""
    if not isinstance(info, list | tuple):
        raise InvalidInput(f"info is {shown(info)}: it takes a list of dictionaries")
    check_number(info, most)
    parsed, items = [], []
    for index, element in enumerate(info):
        try:
            parsed.append(parse(element))
        except InvalidInput as error:
            items.append({"index": index, "detail": error.detail})
        except TooLarge as error:
            refuse(TooLarge, [{"index": index, "detail": error.detail}], of=len(info))
    if items:
        raise InvalidInput(_summary(items, of=len(info)), items=items)
    return parsed


def dictionary(element: Any) -> dict[str, Any]:
    """The element, if it is a dictionary."""
    if not isinstance(element, dict):
        raise InvalidInput(f"{shown(element)} is not a dictionary")
    return element


def _summary(items: list[dict[str, Any]], *, of: int) -> str:
    """The error message of a call where these of its elements are wrong."""
    first = items[0]
    others = f" (and {len(items) - 1} more of {of})" if len(items) > 1 else ""
    return f"info[{first['index']}]: {first['detail']}{others}"


def image_key(element: dict[str, Any]) -> ImageKey:
    """The image that an element names."""
    return ImageKey(field(element, "device", parse_device), field(element, "datetime", parse_datetime))


def image_keys(info: Any) -> list[ImageKey]:
    """The images that `info` names, each once, in the order of answers."""
    return sorted(set(parse_each(info, image_key)))


def series(info: Any) -> list[Series]:
    """The series that `info` asks for."""
    return parse_each(
        info,
        lambda element: Series(
            field(element, "device", check_pattern),
            field(element, "start_datetime", parse_datetime),
            field(element, "end_datetime", parse_datetime),
        ),
        most=SERIES,
    )


def refuse(error: type[APIError], items: list[dict[str, Any]], *, of: int) -> None:
    """Raises an error with these items, if there are any, about a call of `of` elements."""
    if items:
        raise error(_summary(items, of=of), items=items)


def check_distinct(keys: Sequence[Hashable], name: Callable[[Any], str]) -> None:
    """Raises InvalidInput where two elements of one call are the same thing; `name` says what a key stands for."""
    first: dict[Hashable, int] = {}
    items = [
        {"index": index, "detail": f"{name(key)} is also info[{first[key]}]"}
        for index, key in enumerate(keys)
        if first.setdefault(key, index) != index
    ]
    refuse(InvalidInput, items, of=len(keys))
