"""What the pages Catch and Activity are about: how it is called, and where it leads."""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from activity.queries import NO_INSECT
from activity.selection import PEOPLE, Choice
from desk.common.labels import source_title
from sticky_pi_api.core.records import RANKS


def labeller_titles(choice: Choice) -> Mapping[str, str]:
    """How those are called whose labels may count."""
    return {
        value: _title(value, source_title(source) if source else None) for value, source in choice.labellers.items()
    }


def gallery_url(choice: Choice, first: date, last: date, path: str | None) -> str:
    """The gallery of the captures of some nights, of one taxon or (None) of all."""
    end = choice.moment(last) + timedelta(days=1)
    query = {"start": f"{choice.moment(first):%Y-%m-%dT%H:%M}", "end": f"{end:%Y-%m-%dT%H:%M}"}
    if choice.device:
        query["device"] = choice.device
    if choice.project:
        query["project"] = choice.project
    if path == NO_INSECT:
        query |= {"labels": choice.labels, "rank": RANKS[0], "path": path}
    elif path is not None:
        query |= {"labels": choice.labels, "rank": choice.selection.rank, "path": path}
    return f"{reverse('desk:tuboids')}?{urlencode(query)}"


def _title(value: str, algorithm: str | None) -> str:
    if algorithm is None:
        return "people"
    return f"people, then {algorithm}" if value.startswith(PEOPLE) else algorithm
