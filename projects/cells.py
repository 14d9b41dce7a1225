"""Values of deployments as people write them, in the table on the desk and in CSV files, and as we write them back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import parse_datetime, parse_device, shown
from sticky_pi_api.core.project_columns import Column

IDENTITY = ("device", "start_datetime", "end_datetime")

_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "wahr", "ja", "vrai", "oui"), True),
    **dict.fromkeys(("false", "no", "n", "0", "falsch", "nein", "faux", "non"), False),
}
_DAY_AND_MONTH = re.compile(
    r"(?:(\d{1,2})([./-])(\d{1,2})\2(\d{4})|(\d{4})([/.-])(\d{1,2})\6(\d{1,2}))"
    r"(?:[ T,]+(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?: ?([ap])\.?m\.?)?)?",
    re.ASCII | re.IGNORECASE,
)
_UTC = re.compile(r" ?\(?(?:UTC|GMT)\)?$", re.IGNORECASE)
_FORMULA = re.compile(r"\A'(?=['=+\-@\t\r])")


@dataclass(frozen=True)
class Habits:
    """How a file writes numbers and dates. `day_first`: of dates such as 03/04/2022; None where nobody knows."""

    decimal_comma: bool = False
    day_first: bool | None = None


def read_cell(name: str, column: Column | None, text: str, habits: Habits = Habits()) -> Any:
    """The value of a cell, None where it is empty.

    Args:
        name: of the column, one of `IDENTITY` where `column` is None.
        column: of the project.
        text: what stands in the cell.
        habits: of the file.

    Raises:
        InvalidInput: it is none of the column's type, and what would be.
    """
    plain = _FORMULA.sub("", text)
    if not plain.strip():
        return None
    if column is None:
        return parse_device(plain.strip()) if name == "device" else read_moment(plain.strip(), habits)
    value = plain if column.kind == "text" else _READERS[column.kind](plain.strip(), habits)
    try:
        column.parse(value)
    except InvalidInput as error:
        raise InvalidInput(error.detail.removeprefix(f"{column.name!r} is {column.sql_type}: ")) from error
    return value


def read_cells(
    cells: Mapping[str, str], columns: Mapping[str, Column], habits: Habits = Habits()
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a row's cells, those of `IDENTITY` and of the columns by name; and what is wrong, cell by cell."""
    values, errors = {}, {}
    for name, text in cells.items():
        if name in IDENTITY or name in columns:
            try:
                values[name] = read_cell(name, columns.get(name), text, habits)
            except InvalidInput as error:
                errors[name] = error.detail
    start, end = values.get("start_datetime"), values.get("end_datetime")
    if start and end and end < start:
        errors["end_datetime"] = "the end is before the start"
    return values, errors


def _read_integer(text: str, habits: Habits) -> int:
    if not re.fullmatch(r"[+-]?\d{1,19}", text, re.ASCII):
        raise InvalidInput(f"{shown(text)} is not a whole number")
    return int(text)


def _read_number(text: str, habits: Habits) -> float:
    plain = text.replace(",", ".") if habits.decimal_comma and "." not in text else text
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", plain, re.ASCII):
        raise InvalidInput(f"{shown(text)} is not a number: write it as 1.5")
    return float(plain)


def _read_flag(text: str, habits: Habits) -> bool:
    if text.lower() not in _FLAGS:
        raise InvalidInput(f"{shown(text)} is neither yes nor no")
    return _FLAGS[text.lower()]


def read_moment(text: str, habits: Habits = Habits()) -> datetime:
    """A naive UTC datetime from ISO 8601, or a date and time as spreadsheets write them."""
    plain = _UTC.sub("", text)
    try:
        return parse_datetime(plain).replace(microsecond=0)
    except InvalidInput:
        match = _DAY_AND_MONTH.fullmatch(plain)
    if match is None:
        raise _not_a_moment(text)
    one, mark, other, last_year, year, _, month, day, hour, minute, second, half = match.groups()
    if last_year:
        year = last_year
        is_day_first = True if mark != "/" else _is_day_first(text, int(one), int(other), habits)
        day, month = (one, other) if is_day_first else (other, one)
    hours = int(hour or 0)
    if half and not 1 <= hours <= 12:
        raise _not_a_moment(text)
    if half:
        hours = hours % 12 + (12 if half in "pP" else 0)
    try:
        return datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0))
    except ValueError:
        raise _not_a_moment(text) from None


def _is_day_first(text: str, one: int, other: int, habits: Habits) -> bool:
    if one > 12 or other > 12:
        return one > 12
    if habits.day_first is None and one != other:
        raise InvalidInput(f"{shown(text)} may be two dates: choose which comes first, the day or the month")
    return bool(habits.day_first)


def _not_a_moment(text: str) -> InvalidInput:
    return InvalidInput(f"{shown(text)} is not a date and time: write it as 2024-06-01 18:30, in UTC")


def guess_day_first(texts: list[str]) -> bool | None:
    """Whether dates with slashes begin with the day, by those that can be read in one way only."""
    found = [match for text in texts if (match := _DAY_AND_MONTH.fullmatch(_UTC.sub("", text))) and match[2] == "/"]
    ways = {int(match[1]) > 12 for match in found if int(match[1]) > 12 or int(match[3]) > 12}
    return ways.pop() if len(ways) == 1 else None


_READERS: dict[str, Callable[[str, Habits], Any]] = {
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_flag,
    "datetime": read_moment,
}


def guess_type(texts: list[str], habits: Habits) -> str:
    """The SQL type of a new column that takes all these texts, the narrowest."""
    given = [text for text in texts if text.strip()]
    for sql_type in ("INTEGER", "REAL", "BOOLEAN", "DATETIME") if given else ():
        try:
            for text in given:
                read_cell("", Column("", sql_type), text, habits)
        except InvalidInput:
            continue
        return sql_type
    return "TEXT"


def write_cell(value: Any) -> str:
    """A value as a cell shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return moment.isoformat(" ", "seconds").removesuffix("+00:00")
    return str(value)
