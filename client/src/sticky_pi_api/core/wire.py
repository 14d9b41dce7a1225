"""The arguments of a call as JSON: what Python code passes, without importing what it may come from."""

import json
from datetime import date, datetime
from typing import Any

from .errors import InvalidInput
from .formats import format_datetime, parse_datetime, shown


def dump_info(info: Any) -> str:
    """`info` as JSON. Datetimes, pandas timestamps, numpy arrays and scalars may be anywhere in it.

    Missing values of pandas (NaN, NaT) are null where they are a field of an element.

    Raises:
        InvalidInput: something in it has no JSON form.
    """
    if hasattr(info, "to_dict"):
        raise InvalidInput(f"info is a {type(info).__name__}: pass a list of dictionaries, e.g. .to_dict('records')")
    try:
        return json.dumps(_without_missing(info), default=_plain, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(f"info has no JSON form: {error}", code="not_json") from error


def plain_info(info: Any) -> Any:
    """`info` as a server would read it: plain lists, dictionaries, numbers and strings."""
    return json.loads(dump_info(info))


def _without_missing(info: Any) -> Any:
    if not isinstance(info, list | tuple):
        return info
    return [_null_missing(element) if isinstance(element, dict) else element for element in info]


def _null_missing(element: dict[str, Any]) -> dict[str, Any]:
    return {name: None if _is_missing(value) else value for name, value in element.items()}


def _is_missing(value: Any) -> bool:
    # NaN and NaT alone differ from themselves; arrays compare item by item and must not be asked.
    return isinstance(value, float | datetime) and value != value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = parse_datetime(value)
        return moment.isoformat() if moment.microsecond else format_datetime(moment)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        # numpy gives whole numbers for its datetimes in nanoseconds.
        is_datetime = getattr(getattr(value, "dtype", None), "kind", "") == "M"
        return value.astype("datetime64[us]").tolist() if is_datetime else value.tolist()
    raise TypeError(f"{shown(value)} is a {type(value).__name__}")
