"""Exports of lists as files, streamed in chunks."""

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


def attachment(parts: Iterable[bytes], name: str, suffix: str, content_type: str) -> StreamingHttpResponse:
    """A download named `<name>-<today>.<suffix>`."""
    filename = f"{name}-{timezone.now():%Y-%m-%d}.{suffix}"
    return StreamingHttpResponse(
        parts, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )


def csv_parts(rows: QuerySet[Any, Any], columns: Iterable[str]) -> Iterator[bytes]:
    """CSV with a header; datetimes are in ISO 8601 with `Z`, nulls are empty.

    Args:
        rows: the rows in their order.
        columns: paths such as `device` or `parent_image__device` (with the header `parent_image_device`).
    """
    columns = list(columns)
    yield csv_lines([[column.replace("__", "_") for column in columns]])
    for chunk in value_chunks(rows, columns):
        yield csv_lines([map(_cell, row) for row in chunk])


def value_chunks(
    rows: QuerySet[Any, Any], columns: Iterable[str], *, size: int = CHUNK
) -> Iterator[list[tuple[Any, ...]]]:
    """The values of these columns in the wire format, in chunks."""
    try:
        yield from fetch_chunks(rows, *[wire_column(rows.model, column) for column in columns], size=size)
    except EmptyResultSet:
        return


def iso(wire_datetime: str) -> str:
    """A datetime in the wire format as ISO 8601."""
    return _WIRE_DATETIME.sub(r"\1T\2:\3:\4Z", wire_datetime)


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    if _WIRE_DATETIME.fullmatch(value):
        return iso(value)
    # A spreadsheet would run it as a formula.
    return f"'{value}" if value.startswith(_FORMULA) else value


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
