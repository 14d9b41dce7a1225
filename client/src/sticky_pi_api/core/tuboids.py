"""Tiled tuboids as `_put_tiled_tuboids` takes them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from .errors import Conflict, InvalidInput
from .formats import format_datetime, parse_datetime, parse_device, shown
from .info import field
from .jpeg import check_jpeg
from .layout import TUBOID_FILES, tuboid_key
from .shots import Shot, parse_metadata
from .values import ALGO_VERSION, integer_parser, parse_algo_name, parse_algo_version

_MOMENT = r"\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}"
_TUBOID_ID = re.compile(
    rf"([0-9a-f]{{8}})\.({_MOMENT})\.({_MOMENT})(?:\.({ALGO_VERSION}))?\.(\d{{4}}|[1-9]\d{{4,5}})", re.ASCII
)
_MAX_TUBOID_ID = 100


@dataclass(frozen=True)
class TuboidSeries:
    """One run of the matcher: the columns of its row."""

    device: str
    start_datetime: datetime
    end_datetime: datetime
    n_images: int
    n_tuboids: int
    algo_name: str
    algo_version: str

    def to_record(self) -> dict[str, Any]:
        """The columns."""
        return asdict(self)

    @property
    def key(self) -> tuple[str, datetime, datetime, str, str]:
        """What identifies the series."""
        return self.device, self.start_datetime, self.end_datetime, self.algo_name, self.algo_version


class TuboidId(NamedTuple):
    """The fields of a tuboid_id; old ones have no algorithm version. Its dates need not be those of its series."""

    device: str
    start_datetime: datetime
    end_datetime: datetime
    algo_version: str | None
    id_in_series: int


@dataclass(frozen=True)
class ParsedTuboid:
    """A sound tuboid. `files` maps storage keys to bytes."""

    tuboid_id: str
    series: TuboidSeries
    id_in_series: int
    shots: list[Shot]
    files: dict[str, bytes]

    def to_record(self) -> dict[str, Any]:
        """The columns that the files determine."""
        return {
            "tuboid_id": self.tuboid_id,
            "id_in_series": self.id_in_series,
            "start_datetime": self.shots[0].datetime,
            "end_datetime": self.shots[-1].datetime,
            "n_shots": len(self.shots),
        }


def parse_tuboid(tuboid_id: Any, series_info: Any, files: Mapping[str, bytes]) -> ParsedTuboid:
    """Checks a tiled tuboid.

    Args:
        tuboid_id: `<device>.<series start>.<series end>[.<algo_version>].<4-digit id>`.
        series_info: a dictionary with the fields of TuboidSeries.
        files: `metadata`, `tuboid`, `context` -> the whole file.

    Raises:
        InvalidInput: one of them does not parse, the pictures are no sound JPEGs, or the tuboid is not of its series.
        TooLarge: a picture is over the limits.
    """
    fields, series = parse_tuboid_id(tuboid_id), parse_series_info(series_info)
    if fields.device != series.device:
        raise InvalidInput(f"{tuboid_id} is not of the series {_shown_series(series)}: the device must be the same")
    shots = parse_metadata(tuboid_id, files["metadata"])
    _check_within(tuboid_id, shots, series)
    for name in ("tuboid", "context"):
        check_jpeg(f"{tuboid_id}/{TUBOID_FILES[name]}", files[name])
    return ParsedTuboid(
        tuboid_id=tuboid_id,
        series=series,
        id_in_series=fields.id_in_series,
        shots=shots,
        files={tuboid_key(tuboid_id, name): files[name] for name in TUBOID_FILES},
    )


def parse_tuboid_id(value: Any) -> TuboidId:
    """The fields of a tuboid_id. Raises InvalidInput, saying what one looks like."""
    match = _TUBOID_ID.fullmatch(value) if isinstance(value, str) else None
    if match is None or len(value) > _MAX_TUBOID_ID:
        raise InvalidInput(
            f"{shown(value)} is not a tuboid_id: it takes at most {_MAX_TUBOID_ID} characters, "
            "<device>.<series start>.<series end>.<algo_version>.<4-digit id>, e.g. "
            "'08038ade.2020-07-08_20-00-00.2020-07-09_15-00-00.1606980656-91e2199fccf371d3d690b2856613e8f5.0034'"
        )
    device, start, end, algo_version, number = match.groups()
    return TuboidId(device, parse_datetime(start), parse_datetime(end), algo_version, int(number))


def check_tuboid_id(value: Any) -> str:
    """The value, if it is a tuboid_id."""
    parse_tuboid_id(value)
    return str(value)


def parse_series_info(value: Any) -> TuboidSeries:
    """The series that `series_info` describes."""
    if not isinstance(value, dict):
        raise InvalidInput(f"series_info is {shown(value)}: it takes a dictionary")
    try:
        series = TuboidSeries(
            device=field(value, "device", parse_device),
            start_datetime=field(value, "start_datetime", parse_datetime),
            end_datetime=field(value, "end_datetime", parse_datetime),
            n_images=field(value, "n_images", integer_parser(0)),
            n_tuboids=field(value, "n_tuboids", integer_parser(0)),
            algo_name=field(value, "algo_name", parse_algo_name),
            algo_version=field(value, "algo_version", parse_algo_version),
        )
    except InvalidInput as error:
        raise InvalidInput(f"series_info: {error.detail}") from error
    if series.end_datetime < series.start_datetime:
        raise InvalidInput("series_info: 'end_datetime' is before 'start_datetime'")
    return series


def _check_within(tuboid_id: str, shots: Sequence[Shot], series: TuboidSeries) -> None:
    moments = [shot.datetime for shot in shots]
    if any(shot.device != series.device for shot in shots):
        raise InvalidInput(f"{tuboid_id}/metadata.txt: it has shots of another device")
    if moments != sorted(moments):
        raise InvalidInput(f"{tuboid_id}/metadata.txt: its shots are not in order of time")
    if moments[0] < series.start_datetime or moments[-1] > series.end_datetime:
        raise InvalidInput(
            f"{tuboid_id}: its shots ({format_datetime(moments[0])} to {format_datetime(moments[-1])}) "
            f"are not within the series {_shown_series(series)}"
        )


def check_room(tuboid: ParsedTuboid, *, n_stored: int, n_tuboids: int) -> None:
    """Raises Conflict if a series that has `n_stored` tuboids has no room for one more."""
    if n_stored >= n_tuboids:
        raise Conflict(f"{tuboid.tuboid_id}: its series already has its {n_tuboids} tuboids", code="series_full")


def already_there(tuboid: ParsedTuboid) -> Conflict:
    """The error for a tuboid that is already there."""
    return Conflict(f"tuboid {tuboid.tuboid_id} is already there")


def _shown_series(series: TuboidSeries) -> str:
    return f"{series.device} {format_datetime(series.start_datetime)} to {format_datetime(series.end_datetime)}"
