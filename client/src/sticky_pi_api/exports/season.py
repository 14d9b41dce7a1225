"""What an export reads: rows of a client by device and day, deployments with their effort, captures with their labels.

Memory: a day of a device's annotations, the tuboids of a device, and 8 bytes an image.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Protocol

from ..core.chunks import chunker
from ..core.errors import InvalidInput
from ..core.exports import Query
from ..core.formats import format_datetime
from ..core.people import is_person
from ..core.records import RANKS, TAXONOMY
from ..core.taxa import taxon_text
from ..types import InfoType, MetadataType

BACKGROUND = "Background"
_DAY = timedelta(days=1)
_LABELS_PER_CALL = 5_000
_GAP = 3  # times the usual interval between images
_FOREVER = (datetime(2000, 1, 1), datetime(2200, 1, 1))


class Operations(Protocol):
    """What an export asks of a client."""

    def get_image_series(self, info: InfoType, what: str = "metadata") -> MetadataType: ...
    def get_uid_annotations_series(self, info: InfoType, what: str = "metadata") -> MetadataType: ...
    def get_tiled_tuboid_series(self, info: InfoType, what: str = "metadata") -> MetadataType: ...
    def _get_itc_labels(self, info: InfoType) -> MetadataType: ...
    def get_project_series(self, info: InfoType) -> MetadataType: ...
    def fetch(self, url: str, path: Any, *, md5: str | None = None, mtime: float | None = None) -> None: ...


@dataclass
class Device:
    """What the images of a device tell: their times (unix seconds, in order), where it stood."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    latitude: float | None = None
    longitude: float | None = None
    version: str | None = None

    def add(self, image: Mapping[str, Any]) -> None:
        """One more image, later than the ones before."""
        self.times.append(_seconds(image["datetime"]))
        self.version = image["device_version"] or self.version
        if self.latitude is None and image["lat"] is not None and image["lng"] is not None:
            lat, lng = image["lat"], image["lng"]
            self.latitude, self.longitude = (lng, lat) if abs(lat) > 90 else (lat, lng)  # old devices swap them


@dataclass(frozen=True)
class Deployment:
    """A trap at one place for some time, with its effort."""

    id: str
    device: str
    start: datetime
    end: datetime
    latitude: float | None
    longitude: float | None
    version: str | None
    values: Mapping[str, Any]
    n_images: int
    hours: float
    n_gaps: int
    gap_hours: float


@dataclass(frozen=True)
class Capture:
    """An insect caught: a tuboid and what it is; `taxon` is None where no one has told."""

    tuboid_id: str
    device: str
    start: datetime
    end: datetime
    n_shots: int
    taxon: str | None
    label: Mapping[str, Any] | None

    @property
    def is_background(self) -> bool:
        """Whether it is said to be no insect."""
        return self.label is not None and self.label["type"] == BACKGROUND


class Season:
    """The rows that a query is of. `notes` count what is left out, for the manifest."""

    def __init__(self, client: Operations, query: Query, progress: Callable[[str, int, int], Any]) -> None:
        self.client, self.query, self._progress = client, query, progress
        self.notes: Counter[str] = Counter()
        self._devices: dict[str, Device] | None = None
        self._deployments: list[Deployment] | None = None
        self._algorithms: set[str] = set()

    def days(self) -> Iterator[tuple[datetime, datetime]]:
        """The range in pieces of at most a day, cut at midnight UTC."""
        start = self.query.start
        while start < self.query.end:
            following = datetime(start.year, start.month, start.day) + _DAY
            yield start, min(following, self.query.end)
            start = following

    def images(self, what: str = "metadata") -> Iterator[MetadataType]:
        """Images, in lists of a day each, by device and datetime within."""
        for start, end in self.days():
            if rows := self.client.get_image_series(series(self.query.devices, start, end), what):
                yield rows

    def devices(self) -> dict[str, Device]:
        """Each device that has images, in order: read once, then kept."""
        if self._devices is None:
            found: dict[str, Device] = {}
            for rows in self.images():
                for row in rows:
                    found.setdefault(row["device"], Device()).add(row)
            self._devices = dict(sorted(found.items()))
        return self._devices

    def each_device(self) -> Iterator[str]:
        """The devices, one by one, telling the progress."""
        devices = sorted({*self.devices(), *(stay.device for stay in self.deployments())})
        for number, device in enumerate(devices):
            self._progress(device, number, len(devices))
            yield device
        self._progress("", len(devices), len(devices))

    def annotations(self, device: str) -> Iterator[tuple[tuple[datetime, datetime], MetadataType]]:
        """Annotations of a device with their contours: the day, and the rows of that day."""
        times = self.devices()[device].times if device in self.devices() else array("q")
        days = {datetime.fromtimestamp(time, UTC).date() for time in times}
        for start, end in self.days():
            if start.date() in days:
                yield (start, end), self.client.get_uid_annotations_series(series(device, start, end), "data")

    def tuboids(self, device: str) -> MetadataType:
        """Tuboids of a device that begin in the range, by tuboid_id, each with the columns of its series."""
        rows = self.client.get_tiled_tuboid_series(series(device, *_FOREVER))
        return [row for row in rows if self.query.start <= row["start_datetime"] < self.query.end]

    def labels(self, tuboids: MetadataType) -> MetadataType:
        """All labels of tuboids, by tuboid and id."""
        chunks = chunker(tuboids, _LABELS_PER_CALL)
        return [
            label
            for chunk in chunks
            for label in self.client._get_itc_labels([{"tuboid_id": row["tuboid_id"]} for row in chunk])
        ]

    def captures(self, device: str) -> list[Capture]:
        """Captures of a device by time: what each is says the latest label of a person, or of the algorithm."""
        tuboids = self.tuboids(device)
        by_tuboid: dict[int, list[dict[str, Any]]] = {}
        for label in self.labels(tuboids):
            if self._asked(label):
                by_tuboid.setdefault(label["parent_tuboid_id"], []).append(label)
        found = [_capture(row, by_tuboid.get(row["id"], [])) for row in tuboids]
        return sorted(found, key=lambda one: (one.start, one.tuboid_id))

    def _asked(self, label: Mapping[str, Any]) -> bool:
        if is_person(label["algo_name"]):
            return self.query.people
        asked = self.query.algorithm
        if asked is None:
            self._algorithms.add(label["algo_name"])
            if len(self._algorithms) > 1:
                names = " or ".join(map(repr, sorted(self._algorithms)))
                raise InvalidInput(f"labels are by several algorithms: choose algorithm={names}")
            return True
        name, version = (asked, None) if isinstance(asked, str) else asked
        return bool(label["algo_name"] == name and version in (None, label["algo_version"]))

    def deployments(self) -> list[Deployment]:
        """Deployments by device and start: of the project, or of each device from its first image to its last."""
        if self._deployments is None:
            rows = sorted(self._stays(), key=lambda row: (row["device"], row["start_datetime"], row["end_datetime"]))
            self._deployments = [self._deployment(row, following) for row, following in pairwise([*rows, None]) if row]
        return self._deployments

    def deployment_of(self, device: str, moment: datetime) -> Deployment | None:
        """In which deployment something was; what is in none is counted in the notes."""
        for stay in reversed(self.deployments()):  # where one ends as the next starts, it is of the next
            if stay.device == device and stay.start <= moment <= stay.end:
                return stay
        self.notes["outside deployments"] += 1
        return None

    def _stays(self) -> list[dict[str, Any]]:
        if self.query.project is None:
            return [
                {"device": name, "start_datetime": _moment(found.times[0]), "end_datetime": _moment(found.times[-1])}
                for name, found in self.devices().items()
            ]
        rows = self.client.get_project_series([{"project_id": self.query.project}])
        start, end = self.query.start, self.query.end
        return [row for row in rows if row["start_datetime"] < end and row["end_datetime"] >= start]

    def _deployment(self, row: Mapping[str, Any], following: Mapping[str, Any] | None) -> Deployment:
        device, start, end = row["device"], row["start_datetime"], row["end_datetime"]
        known = self.devices().get(device, Device())
        times: Sequence[int] = known.times
        if following and following["device"] == device:
            times = [time for time in times if time < _seconds(following["start_datetime"])]
        own = {name.lower(): value for name, value in row.items()}
        latitude = _first(own.get("lat"), own.get("latitude"), known.latitude, self.query.latitude)
        longitude = _first(own.get("lng"), own.get("longitude"), known.longitude, self.query.longitude)
        return Deployment(
            f"{device}.{format_datetime(start)}", device, start, end, latitude, longitude, known.version, row,
            *effort(times, start, end),
        )  # fmt: skip


def series(device: str, start: datetime, end: datetime) -> InfoType:
    """The `info` of one series."""
    return [{"device": device, "start_datetime": start, "end_datetime": end}]


def effort(times: Sequence[int], start: datetime, end: datetime) -> tuple[int, float, int, float]:
    """Images, trap-hours, gaps and their hours of a deployment, as `sticky_pi_api.analysis.effort` counts them.

    Steps between images that are longer than 3 times the usual (median) one are gaps, and no effort; so is the time
    after the last image, for what is caught then is on none.
    """
    first, last = _seconds(start), _seconds(end)
    inside = [time for time in times if first <= time <= last]
    steps = [later - earlier for earlier, later in pairwise(inside)]
    longest = _GAP * (median(steps) if steps else 3600 // _GAP)
    points = [first, *inside, last]
    between = [later - earlier for earlier, later in pairwise(points)]
    covered = sum(step for step in between[:-1] if step <= longest)
    gaps = [step for step in between if step > longest]
    return len(inside), covered / 3600, len(gaps), sum(gaps) / 3600


def _capture(row: Mapping[str, Any], labels: Sequence[Mapping[str, Any]]) -> Capture:
    latest = max(labels, key=lambda one: (is_person(one["algo_name"]), one["algo_version"]), default=None)
    told = latest is not None and any(latest[rank] for rank in TAXONOMY)
    taxon = taxon_text([latest[rank] for rank in RANKS]) if latest is not None and told else None
    return Capture(
        row["tuboid_id"],
        row["device_series"],
        row["start_datetime"],
        row["end_datetime"],
        row["n_shots"],
        taxon,
        latest,
    )


def _first(*values: Any) -> float | None:
    return next((float(value) for value in values if value is not None), None)


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time, UTC).replace(tzinfo=None)
