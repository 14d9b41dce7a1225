"""Deployments as CSV files: one that a spreadsheet saved, read as it is, and those that we write."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from projects.cells import IDENTITY, write_cell
from sticky_pi_api.core.errors import InvalidInput, TooLarge
from sticky_pi_api.core.formats import shown, some_of
from sticky_pi_api.core.project_columns import Column

MAX_BYTES, MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 4_000_000, 20_000, 200, 400_000
_DELIMITERS = ";,\t"
_OTHER_NAMES = {
    **dict.fromkeys(("trap", "device_id", "trap_id"), "device"),
    **dict.fromkeys(("start", "from", "start_date", "start_time", "begin"), "start_datetime"),
    **dict.fromkeys(("end", "to", "end_date", "end_time", "until"), "end_datetime"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True)
class SheetRow:
    """A line of the file, and its cells by the names of the columns."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A file: its columns, our own names for those that we know, and its rows."""

    columns: list[str]
    rows: list[SheetRow]
    delimiter: str

    def texts(self, column: str) -> list[str]:
        """What stands in a column."""
        return [row.cells[column] for row in self.rows]


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """A file with a header; columns are known by their name, in upper or lower case, with or without `(UTC)`.

    Raises:
        InvalidInput: it cannot be read, or has no device, start or end; it says where.
        TooLarge: it has too many bytes, rows, columns or cells.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"the file has {len(data):,} bytes: {MAX_BYTES:,} are taken, import it in parts")
    text = _decode(data)
    header = next(iter(text.splitlines()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines, line = [], 1
    try:
        for cells in reader:
            lines.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(f"line {line}: {error}") from error
    filled = [(line, cells) for line, cells in lines if any(cell.strip() for cell in cells)]
    if not filled:
        raise InvalidInput("the file is empty: its first line takes the names of the columns")
    if len(filled) > MAX_ROWS + 1:
        raise TooLarge(f"the file has {len(filled) - 1:,} rows: {MAX_ROWS:,} are taken, import it in parts")
    if (n_cells := len(filled) * len(filled[0][1])) > MAX_CELLS:
        raise TooLarge(f"the file has {n_cells:,} cells: {MAX_CELLS:,} are taken, import it in parts")
    names = _names(filled[0][1], columns)
    return Sheet([name for name in names if name], [_row(line, cells, names) for line, cells in filled[1:]], delimiter)


def _decode(data: bytes) -> str:
    """The text: UTF-8, what Excel calls Unicode text (UTF-16), or what it writes otherwise (Windows-1252)."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidInput("the file is not text: save it as CSV (UTF-8), not as a workbook")


def _names(header: Sequence[str], columns: Sequence[Column]) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise TooLarge(f"the file has {len(header)} columns: {MAX_COLUMNS} are taken")
    own = {column.name.lower(): column.name for column in columns}
    names = [_name(title.strip(), own) for title in header]
    given = [name for name in names if name]
    if twice := sorted({name for name in given if [each.lower() for each in given].count(name.lower()) > 1}):
        raise InvalidInput(f"line 1: the file has more than one column {some_of([shown(name) for name in twice])}")
    if "id" not in names and (missing := [name for name in IDENTITY if name not in names]):
        raise InvalidInput(f"line 1: the file has no column {some_of(missing)}: it has {some_of(given) or 'none'}")
    return names


def _name(title: str, own: dict[str, str]) -> str:
    if title.lower() in own:
        return own[title.lower()]
    plain = re.sub(r"[ _]*\(?utc\)?$", "", title.lower()).replace(" ", "_")
    if plain in ("id", *IDENTITY):
        return plain
    return _OTHER_NAMES.get(plain, title)


def _row(line: int, cells: Sequence[str], names: Sequence[str]) -> SheetRow:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise InvalidInput(f"line {line} has {len(cells)} cells, and the header {len(names)}")
    padded = [*cells, *[""] * (len(names) - len(cells))]
    for name, cell in zip(names, padded, strict=False):
        if not name and cell.strip():
            raise InvalidInput(f"line {line}: {shown(cell)} stands in a column without a name")
    return SheetRow(line, {name: cell for name, cell in zip(names, padded, strict=False) if name})


def write_sheet(rows: Iterable[dict[str, Any]], columns: Sequence[Column]) -> str:
    """The deployments as a file that `read_sheet` takes: their ids, times in UTC, and the project's columns."""
    own = [column.name for column in columns]
    names = ["id", *IDENTITY, *own]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["id", "device", "start_datetime (UTC)", "end_datetime (UTC)", *own])
    writer.writerows([[_written(row[name]) for name in names] for row in rows])
    return text.getvalue()


def write_template(columns: Sequence[Column]) -> str:
    """A file with the header only."""
    return write_sheet([], columns).removeprefix("id,")


def _written(value: Any) -> str:
    # A spreadsheet would run it as a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else write_cell(value)
