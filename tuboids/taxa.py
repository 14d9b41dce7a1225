"""The taxa that labels can say, and taxonomy files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Max

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.info import field, refuse
from sticky_pi_api.core.records import TAXONOMY
from sticky_pi_api.core.values import MAX_INTEGER, integer_parser, optional_text_parser, text_parser
from tuboids.labelling_models import RANKS, Taxon

MAX_TAXA = 20_000
_IMPORTED = ("text", "common_name", "label", "pattern", "is_imported")


def path_of(ranks: Sequence[str | None]) -> str:
    """`type;order;family;genus;species`, as far as they are told."""
    return ";".join(name or "" for name in ranks).rstrip(";")


def text_of(ranks: Sequence[str | None]) -> str:
    """The lowest rank told; of a species, genus and species."""
    genus, species = ranks[-2:]
    if species and genus and not species.startswith(genus):
        return f"{genus} {species}"
    return next(name for name in reversed(ranks) if name)


def ids_of(labels: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """path -> id of the taxa of labels, made where they are seen for the first time.

    Args:
        labels: path -> the columns of a label that says it.
    """
    known = _known(labels)
    new = [
        Taxon(path=path, text=text_of([row[rank] for rank in RANKS]), **_columns(row))
        for path, row in labels.items()
        if path not in known
    ]
    if not new:
        return known
    Taxon.objects.bulk_create(new, ignore_conflicts=True)
    return _known(labels)


def taxa_import(*, taxa: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Adds what `read_taxonomy` read, or updates what is there of the same path.

    Taxa without a number get the next free one; numbers that are in use stay. Returns how many were added and updated.
    """
    with transaction.atomic():
        there = {taxon.path: taxon for taxon in Taxon.objects.select_for_update()}
        number = max((taxon.label for taxon in there.values()), default=0)
        number = max([number, *(row["label"] for row in taxa if row["label"] is not None)])
        added: list[Taxon] = []
        updated: list[Taxon] = []
        for row in taxa:
            path = path_of([row[rank] for rank in RANKS])
            taxon = there.get(path) or Taxon(path=path)
            _fill(taxon, row)
            if taxon.label is None:
                number += 1
                taxon.label = number
            (updated if path in there else added).append(taxon)
        Taxon.objects.bulk_create(added, batch_size=500)
        Taxon.objects.bulk_update(updated, _IMPORTED, batch_size=200)
    return len(added), len(updated)


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
    items = []
    for index, row in enumerate(rows):
        try:
            taxon = _parse(row)
            path = path_of([taxon[rank] for rank in RANKS])
            if path in parsed:
                raise InvalidInput(f"{path} is in the file twice")
            parsed[path] = taxon
        except InvalidInput as error:
            items.append({"index": index, "detail": error.detail})
    refuse(InvalidInput, items, of=len(rows))
    return list(parsed.values())


def next_label() -> int:
    """A number that no taxon has."""
    return (Taxon.objects.aggregate(most=Max("label"))["most"] or 0) + 1


def _known(paths: Iterable[str]) -> dict[str, int]:
    return dict(Taxon.objects.filter(path__in=list(paths)).values_list("path", "id"))


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("label", "pattern", *RANKS)}


def _fill(taxon: Taxon, row: Mapping[str, Any]) -> None:
    ranks = [row[rank] for rank in RANKS]
    for rank, name in zip(RANKS, ranks, strict=True):
        setattr(taxon, rank, name)
    taxon.text, taxon.is_imported = text_of(ranks), True
    for name in ("label", "common_name", "pattern"):
        if row[name] is not None:
            setattr(taxon, name, row[name])
    taxon.pattern = taxon.pattern or f"^{taxon.path}.*$"[:128]


def _read_rows(data: bytes) -> list[Any]:
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
        return list(table)
    except csv.Error as error:
        raise InvalidInput(f"line {table.line_num} is not CSV: {error}") from error


def _read_json(text: str) -> list[Any]:
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the taxonomy is not JSON: {error}") from error
    if not isinstance(rows, list):
        raise InvalidInput("the taxonomy takes a JSON list of objects")
    return rows


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


def _name_parser(limit: int) -> Any:
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
