"""What the command writes: rows on standard output, everything else on standard error."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from ..core.errors import APIError, InvalidInput
from ..core.formats import format_datetime, iso_form

Row = dict[str, Any]
_SHOWN = 200  # rows of a table for people


class Format(StrEnum):
    """Forms of rows."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


Form = Annotated[Format | None, typer.Option("--format", "-f", help="Default: table on a terminal, else csv")]


def say(line: str) -> None:
    """A line on standard error."""
    sys.stderr.write(f"{line}\n")


def say_error(error: APIError) -> None:
    """An error with its items, a line each."""
    for item in error.items:
        say(f"{item.get('file', '')}: {item.get('detail', '')}".lstrip(": "))
    say(f"sticky-pi: {error.detail}")


def is_terminal() -> bool:
    """Whether people read the output."""
    return sys.stdout.isatty()


def write_rows(rows: Iterable[Row], columns: Sequence[str], form: Format | None) -> None:
    """Writes rows as they come; by default a table on a terminal, else CSV."""
    form = form or (Format.table if is_terminal() else Format.csv)
    if form == Format.parquet:
        raise InvalidInput("Parquet is no text: it takes --to FOLDER")
    {Format.table: write_table, Format.csv: write_csv, Format.json: write_json}[form](rows, columns)


def write_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """CSV with a header; datetimes in ISO 8601."""
    writer = csv.DictWriter(sys.stdout, fieldnames=columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_with_texts(row, iso) for row in rows)


def write_json(rows: Iterable[Row], columns: Sequence[str], write: Callable[[datetime], str] | None = None) -> None:
    """A JSON list; datetimes in ISO 8601, unless `write` says otherwise."""
    before = "["
    for row in rows:
        sys.stdout.write(f"{before}\n {json.dumps(_with_texts(row, write or iso), default=str)}")
        before = ","
    sys.stdout.write("\n]\n" if before == "," else "[]\n")


def write_table(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """The first rows for people: what no row has is left out."""
    iterator: Iterator[Row] = iter(rows)
    shown = list(islice(iterator, _SHOWN))
    kept = [column for column in columns if any(row.get(column) is not None for row in shown)]
    grid = Grid(*(kept or columns), box=box.SIMPLE_HEAD, pad_edge=False)
    for row in shown:
        grid.add_row(*(_cell(row.get(column)) for column in kept))
    Console(width=None if is_terminal() else 200).print(grid)
    if next(iterator, None) is not None:
        say(f"the first {_SHOWN} rows: --format csv has all")


def iso(moment: datetime) -> str:
    """ISO 8601, UTC."""
    return iso_form(format_datetime(moment))


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def _with_texts(row: Row, write: Callable[[datetime], str]) -> Row:
    return {name: write(value) if isinstance(value, datetime) else value for name, value in row.items()}
