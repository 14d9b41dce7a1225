"""What is asked about activity, in the query of a URL: of the desk's pages and of the REST resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from django.utils.text import slugify

from accounts.models import User
from activity import queries
from activity.queries import Labellers, Selection
from images.devices import last_images
from labels.agreement import sources
from labels.models import ALL_PEOPLE, LabelSource
from projects.models import Deployment
from projects.queries import readable
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.like import check_pattern, matcher
from sticky_pi_api.core.records import RANKS

FIELDS = ("device", "project", "start", "end", "rank", "labels")
NIGHTS = 60  # shown where nothing is said
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)  # deployments have any year
MAX_NIGHTS = 3660
PEOPLE = "people"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Choice:
    """A selection as it was made, with all that could be chosen.

    `labellers`: what `labels` may be, with the algorithm in each.
    `position`: of the middle of the traps, (latitude, longitude) in degrees; None if they do not know it.
    """

    selection: Selection
    device: str
    project: str
    labels: str
    position: tuple[float, float] | None
    projects: Mapping[str, str]
    labellers: Mapping[str, LabelSource | None]
    algorithm: LabelSource | None

    @property
    def zone(self) -> str:
        """The clock of the selection, as a time zone has it; its sign is the other way round."""
        offset = self.selection.utc_offset
        return f"Etc/GMT{-offset:+d}" if offset else "UTC"

    @property
    def zone_text(self) -> str:
        """The same for people."""
        return f"UTC{self.selection.utc_offset:+d}" if self.selection.utc_offset else "UTC"

    @property
    def fields(self) -> dict[str, str]:
        """The query that makes the same choice."""
        chosen = self.selection
        return {
            "device": self.device,
            "project": self.project,
            "start": f"{chosen.first}",
            "end": f"{chosen.last}",
            "rank": chosen.rank,
            "labels": self.labels,
        }

    def file_name(self, what: str) -> str:
        """Of what is downloaded of it, without its suffix: what, of which project and devices, which nights."""
        parts = [what, self.project and f"project-{self.project}", slugify(self.device)]
        return "-".join([*filter(None, parts), f"{self.selection.first}", "to", f"{self.selection.last}"])

    def moment(self, night: date) -> datetime:
        """When a night begins, UTC."""
        return datetime(night.year, night.month, night.day, self.selection.noon, tzinfo=UTC)


def read_choice(query: Mapping[str, str], user: User) -> Choice:
    """The choice, with sensible values for what is not said. Raises InvalidInput, naming what is wrong."""
    known = sources()
    labellers = _labellers(known)
    labels = query.get("labels") or next(iter(labellers), PEOPLE)
    projects = {str(project.pk): project.name for project in readable(user).order_by("name")}
    project = query.get("project", "")
    if project and project not in projects:
        raise InvalidInput(f"project={shown(project)}: there is no such project that you may read")
    device = check_pattern(query.get("device", "").strip())
    devices = _devices(device)
    stays = _stays(project) if project else None
    first, last = _nights(query, stays)
    rank = query.get("rank") or "order"
    if rank not in RANKS:
        raise InvalidInput(f"rank={shown(rank)}: it takes one of {', '.join(RANKS)}")
    position = _position(devices, stays)
    offset = min(12, max(-11, round(position[1] / 15))) if position else 0
    people, algorithm = read_labels(labels, known)
    return Choice(
        Selection(devices, first, last, Labellers(people, algorithm), rank, offset, int(project) if project else None),
        device,
        project,
        labels,
        position,
        projects,
        labellers,
        next((source for source in known if source.pk == algorithm), None),
    )


def read_labels(text: str, known: Sequence[LabelSource]) -> tuple[int | None, int | None]:
    """The ids of people and of an algorithm in `people`, `<id>` or `people,<id>`. Raises InvalidInput for others."""
    ids = {str(source.pk): source.pk for source in known if not source.is_person}
    everybody = next((source.pk for source in known if source.name == ALL_PEOPLE), None)
    first, _, second = text.partition(",")
    if first == PEOPLE and (not second or second in ids):
        return everybody, ids.get(second)
    if first in ids and not second:
        return None, ids[first]
    raise InvalidInput(f"labels={shown(text)}: it takes people, the id of an algorithm, or people,<id>")


def _labellers(known: Sequence[LabelSource]) -> dict[str, LabelSource | None]:
    algorithms = [source for source in known if not source.is_person]
    has_people = any(source.is_person for source in known)
    found: dict[str, LabelSource | None] = {}
    if has_people:
        found = {f"{PEOPLE},{source.pk}": source for source in algorithms} | {PEOPLE: None}
    return found | {str(source.pk): source for source in algorithms}


def whole_pattern(text: str) -> str:
    """The pattern that what was typed stands for: without `%` and `_`, the beginning of a device."""
    return text if {"%", "_"} & set(text) else f"{text}%"


def _devices(pattern: str) -> list[str] | None:
    if not pattern.strip("%"):
        return None
    matches = matcher(whole_pattern(pattern))
    return [device for device in queries.devices() if matches(device)]


def _stays(project: str) -> list[queries.Stay]:
    rows = Deployment.objects.filter(parent_project=int(project)).values_list(
        "device", "start_datetime", "end_datetime"
    )
    return [(device, _known(start), _known(end)) for device, start, end in rows]


def _known(moment: datetime) -> date:
    return min(max(moment.date(), EARLIEST), LATEST)


def _nights(query: Mapping[str, str], stays: Sequence[queries.Stay] | None) -> tuple[date, date]:
    first, last = _day(query, "start"), _day(query, "end")
    today = datetime.now(UTC).date()
    earliest, latest = queries.bounds()
    if stays:
        # Of a deployment without an end in sight, the nights that have been.
        highest = min(max(stay[2] for stay in stays), max(latest or today, today))
        lowest = max(min(stay[1] for stay in stays), highest - (MAX_NIGHTS - 1) * _DAY)
    else:
        highest = latest or today
        lowest = max(earliest or today, (last or highest) - NIGHTS * _DAY)
    last = last or max(highest, first or highest)
    first = first or min(lowest, last)
    if first > last:
        raise InvalidInput(f"the first night, {first}, is after the last, {last}: exchange them")
    if (last - first).days >= MAX_NIGHTS:
        raise InvalidInput(f"from {first} to {last} are more than {MAX_NIGHTS:,} nights: ask for fewer")
    return first, last


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise InvalidInput(f"{shown(text)} is not a day: write it as 2022-05-17")
    return day


def _position(devices: Sequence[str] | None, stays: Sequence[queries.Stay] | None) -> tuple[float, float] | None:
    wanted = None if devices is None else set(devices)
    if stays is not None:
        deployed = {device for device, _, _ in stays}
        wanted = deployed if wanted is None else wanted & deployed
    known: list[Any] = [image.coordinates for image in last_images() if wanted is None or image.device in wanted]
    places = [place for place in known if place]
    if not places:
        return None
    return median(lat for lat, _ in places), median(lng for _, lng in places)
