"""Taxonomy files: CSV with a header, or a JSON list of objects."""

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.info import field
from sticky_pi_api.core.records import RANKS, TAXONOMY
from sticky_pi_api.core.taxa import taxon_path
from sticky_pi_api.core.values import MAX_INTEGER, integer_parser, optional_text_parser, text_parser

MAX_TAXA = 20_000
_TOLD = 5  # of the rows that are wrong


def read_taxonomy(data: bytes) -> list[dict[str, Any]]:
    """The taxa of a file: CSV with a header, or a JSON list of objects.

    Columns: `type`, and of `order`, `family`, `genus`, `species` as many as are told; optionally `label` (a number),
    `pattern` and `common_name`.

    Raises:
        InvalidInput: it is neither, or rows are not taxa, or two are the same.
    """
    rows = _read_rows(data)
    if len(rows) > MAX_TAXA:
        raise InvalidInput(f"the taxonomy has {len(rows)} taxa: it takes at most {MAX_TAXA}")
    parsed: dict[str, dict[str, Any]] = {}
    problems = []
    for place, row in rows:
        try:
            taxon = _parse(row)
            path = taxon_path([taxon[rank] for rank in RANKS])
            if path in parsed:
                raise InvalidInput(f"{path} is in the file twice")
            parsed[path] = taxon
        except InvalidInput as error:
            problems.append(f"{place}: {error.detail}")
    if problems:
        more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
        raise InvalidInput("; ".join(problems[:_TOLD]) + more)
    return list(parsed.values())


def _read_rows(data: bytes) -> list[tuple[str, Any]]:
    """Each row, and where in the file it is."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("the taxonomy is not text in UTF-8") from error
    if text.lstrip().startswith(("[", "{")):
        return _read_json(text)
    table = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if "type" not in (table.fieldnames or ()):
            raise InvalidInput("the taxonomy has no column 'type': it takes CSV with a header, or a JSON list")
        return [(f"line {table.line_num}", row) for row in table]
    except csv.Error as error:
        raise InvalidInput(f"line {table.line_num} is not CSV: {error}") from error


def _read_json(text: str) -> list[tuple[str, Any]]:
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the taxonomy is not JSON: {error}") from error
    if not isinstance(rows, list):
        raise InvalidInput("the taxonomy takes a JSON list of objects")
    return [(f"object {number}", row) for number, row in enumerate(rows, start=1)]


def _parse(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InvalidInput(f"{shown(row)} is not an object")
    if None in row:
        raise InvalidInput("the line has more cells than the header")
    told = {name: value.strip() if isinstance(value, str) else value for name, value in row.items()}
    told = {name: value for name, value in told.items() if value not in (None, "")}
    return {
        "type": field(told, "type", _name_parser(32)),
        **{rank: field(told, rank, _name_parser(64), default=None) for rank in TAXONOMY},
        "label": field(told, "label", _parse_label, default=None),
        "pattern": field(told, "pattern", text_parser(128), default=None),
        "common_name": field(told, "common_name", optional_text_parser(64), default=None),
    }


def _name_parser(limit: int) -> Callable[[Any], str]:
    parse = text_parser(limit)

    def parse_name(value: Any) -> str:
        if ";" in parse(value):
            raise InvalidInput(f"{shown(value)} has a semicolon: it takes one name")
        return value

    return parse_name


def _parse_label(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{shown(value)} is not an integer") from None
    return integer_parser(-MAX_INTEGER)(number)
