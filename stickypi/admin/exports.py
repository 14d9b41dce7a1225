"""Lists as files: streamed in chunks, in memory for one."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from stickypi.db.rows import CHUNK, fetch_chunks, wire_column

_WIRE_DATETIME = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def attachment(pieces: Iterable[bytes], name: str, suffix: str, content_type: str) -> StreamingHttpResponse:
    """A file to save, named `<name>-<today>.<suffix>`."""
    filename = f"{name}-{timezone.now():%Y-%m-%d}.{suffix}"
    return StreamingHttpResponse(
        pieces, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )


def csv_pieces(rows: QuerySet[Any, Any], columns: Iterable[str]) -> Iterator[bytes]:
    """CSV with a header; datetimes are ISO 8601 with `Z`, null is empty.

    Args:
        rows: what to write, in their order.
        columns: paths such as `device` or `parent_image__device` (titled `parent_image_device`).
    """
    columns = list(columns)
    yield _lines([[column.replace("__", "_") for column in columns]])
    for chunk in value_chunks(rows, columns):
        yield _lines([map(_cell, row) for row in chunk])


def value_chunks(
    rows: QuerySet[Any, Any], columns: Iterable[str], *, size: int = CHUNK
) -> Iterator[list[tuple[Any, ...]]]:
    """Values of these columns, in chunks; datetimes in the wire's form."""
    try:
        yield from fetch_chunks(rows, *[wire_column(rows.model, column) for column in columns], size=size)
    except EmptyResultSet:
        return


def iso(wire_datetime: str) -> str:
    """`YYYY-MM-DD_HH-MM-SS` as ISO 8601."""
    return _WIRE_DATETIME.sub(r"\1T\2:\3:\4Z", wire_datetime)


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    if _WIRE_DATETIME.fullmatch(value):
        return iso(value)
    # Spreadsheets would take it for a formula.
    return f"'{value}" if value.startswith(_FORMULA) else value


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
