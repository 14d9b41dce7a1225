"""The filters and the page of the gallery, in the query of its URL."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import QueryDict

from activity.queries import UNLABELLED
from activity.selection import read_labels
from desk.tuboids.queries import STATUSES, GalleryFilters, LabelCondition, Position, ToldCondition, taxa_named
from labels.agreement import NOT_TOLD, at_rank, sources
from labels.models import LabelSource, Taxon
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.like import check_pattern
from sticky_pi_api.core.people import PERSON_PREFIX
from sticky_pi_api.core.records import RANKS, TAXONOMY

_PAIR = ("left", "left_name", "right", "right_name")
FIELDS = ("device", "project", "start", "end", "status", "taxon", "source", *_PAIR, "rank", "labels", "path")


def read_filters(query: QueryDict, project: int | None = None) -> GalleryFilters:
    """The filters, in a project or in all. Raises InvalidInput, naming the one that is wrong."""
    last = _moment(query, "end")
    _refuse_contradictions(query, last)
    return GalleryFilters(
        device=_device(query.get("device", "").strip()),
        project=project,
        start=_moment(query, "start"),
        end=last if last and "T" in query["end"] else last + timedelta(days=1) if last else None,
        status=_one_of(query, "status", STATUSES),
        labels=[*_label_condition(query), *_label_pair(query)],
        told=_told(query),
    )


def _refuse_contradictions(query: QueryDict, last: datetime | None) -> None:
    """Raises InvalidInput where no tuboid, whatever is stored, can be shown, and says why."""
    first, status = _moment(query, "start"), query.get("status", "")
    if first and last and first > last:
        raise InvalidInput(f"the first day, {first:%Y-%m-%d}, is after the last, {last:%Y-%m-%d}: exchange them")
    if status == "unlabelled" and any(query.get(name) for name in ("taxon", "source", "left", "right")):
        raise InvalidInput(
            "tuboids without any label have neither a taxon nor a source: leave these, or the state, open"
        )
    source = _source(query, "source") if status == "unseen" else None
    if source and LabelSource.objects.filter(pk=source, name__startswith=PERSON_PREFIX).exists():
        raise InvalidInput(
            "tuboids not labelled by people have no label of a person: choose an algorithm, or any state"
        )


def read_position(query: QueryDict, name: str) -> Position | None:
    """Where a page begins or ends: `<unix seconds>_<id>`."""
    text = query.get(name)
    if not text:
        return None
    seconds, _, pk = text.partition("_")
    try:
        return datetime.fromtimestamp(int(seconds), UTC), min(int(pk), 2**62)
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(f"{name}={shown(text)} is no page of the gallery") from None


def write_position(position: Position | None) -> str | None:
    """What `read_position` reads."""
    return f"{int(position[0].timestamp())}_{position[1]}" if position else None


def _device(text: str) -> str:
    pattern = check_pattern(text)
    return pattern if not pattern or {"%", "_"} & set(pattern) else f"{pattern}%"


def _moment(query: QueryDict, name: str) -> datetime | None:
    """A day, or an hour and minute of it, UTC."""
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%dT%H:%M" if "T" in text else "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 2999:
        raise InvalidInput(f"{shown(text)} is not a day: write it as 2022-05-17")
    return day


def _one_of(query: QueryDict, name: str, known: Mapping[str, Any]) -> str:
    value = query.get(name, "")
    if value and value not in known:
        raise InvalidInput(f"{name}={shown(value)}: it takes one of {', '.join(known)}")
    return value


def _label_condition(query: QueryDict) -> list[LabelCondition]:
    """A label of a source, or of any."""
    source, name = _source(query, "source"), query.get("taxon", "").strip()
    if source is None and not name:
        return []
    taxa = taxa_named(check_pattern(name)) if name else None
    if taxa == []:
        raise InvalidInput(f"no taxon is called {shown(name)}: the page Taxonomy lists those that there are")
    return [LabelCondition(source, taxa)]


def _label_pair(query: QueryDict) -> list[LabelCondition]:
    """Two sources, and the path of each one's taxon down to a rank (`-`: untold there, `*`: told)."""
    if not ("left" in query and "right" in query):
        return []
    rank = _one_of(query, "rank", dict.fromkeys(TAXONOMY)) or TAXONOMY[0]
    sides = [(_source(query, side), query.get(f"{side}_name", "")) for side in ("left", "right")]
    return [LabelCondition(source, _taxa_at(rank, name)) for source, name in sides]


def _taxa_at(rank: str, path: str) -> list[int] | None:
    if not path:
        return None
    named = ~at_rank(rank, NOT_TOLD) if path == "*" else at_rank(rank, NOT_TOLD if path == "-" else path)
    return list(Taxon.objects.filter(named).values_list("pk", flat=True))


def _told(query: QueryDict) -> ToldCondition | None:
    """What labellers, chosen as on the page Catch, say down to a rank."""
    labels = query.get("labels", "")
    if not labels:
        return None
    people, algorithm = read_labels(labels, sources())
    path, rank = query.get("path", ""), _one_of(query, "rank", dict.fromkeys(RANKS)) or TAXONOMY[0]
    if path == UNLABELLED:
        return ToldCondition(people, algorithm, None)
    return ToldCondition(
        people, algorithm, list(Taxon.objects.filter(at_rank(rank, path)).values_list("pk", flat=True))
    )


def _source(query: QueryDict, name: str) -> int | None:
    value = query.get(name, "")
    if value and not (value.isdecimal() and len(value) < 18):
        raise InvalidInput(f"{name}={shown(value)} is no source of labels")
    return int(value) if value else None
