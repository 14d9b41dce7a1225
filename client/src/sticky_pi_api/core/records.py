"""The one table of columns: the rows of each table (contract, section 3) with their types, in the order of the answers.

A row is a plain dictionary. On the wire its datetimes are texts (`ImageRow[str]`), in Python naive UTC
(`ImageRow[datetime]`). What may differ from one answer to the next (`url`) is `NotRequired`, and no column.
"""

from datetime import datetime
from typing import Any, Generic, NotRequired, TypedDict, TypeVar, get_args, get_origin

from .formats import read_wire_datetime

Datetime = TypeVar("Datetime", str, datetime)


class Record(TypedDict, Generic[Datetime]):
    """When a row was written, with which version of the software, and by whom: name and id of the user."""

    datetime_created: Datetime
    api_version: str
    api_user: str | None
    api_user_id: int | None


class SensorColumns(TypedDict):
    """What a trap read when it took an image: null where it did not, or where that failed."""

    device_version: str | None
    alt: float | None
    lat: float | None
    lng: float | None
    temp: float | None
    hum: float | None
    no_flash_shutter_speed: float | None
    no_flash_exposure_time: float | None
    no_flash_bv: float | None
    no_flash_iso: int | None
    lum: float | None
    bat: int | None
    but: bool | None


class _ImageFile(TypedDict, Generic[Datetime]):
    id: int
    device: str
    datetime: Datetime
    md5: str
    width: int
    height: int


class ImageRow(_ImageFile[Datetime], SensorColumns, Record[Datetime]):
    """A row of `images`; `url` leads to the rendition asked for, empty for metadata."""

    url: NotRequired[str]


class _Annotation(TypedDict):
    id: int
    parent_image_id: int
    algo_name: str
    algo_version: str
    n_objects: int
    json: str


class AnnotationRow(_Annotation, Record[Datetime]):
    """A row of `uid_annotations`; `json` is empty unless data was asked for."""


class AnnotationOnImageRow(AnnotationRow[Datetime]):
    """An annotation with the trap and the moment of its image."""

    device: str
    datetime: Datetime


class _TuboidSeries(TypedDict, Generic[Datetime]):
    id: int
    device: str
    start_datetime: Datetime
    end_datetime: Datetime
    n_images: int
    n_tuboids: int
    algo_name: str
    algo_version: str


class TuboidSeriesRow(_TuboidSeries[Datetime], Record[Datetime]):
    """A row of `tuboid_series`."""


class _Tuboid(TypedDict, Generic[Datetime]):
    id: int
    parent_series_id: int
    tuboid_id: str
    id_in_series: int
    start_datetime: Datetime
    end_datetime: Datetime
    n_shots: int


class TuboidRow(_Tuboid[Datetime], Record[Datetime]):
    """A row of `tiled_tuboids`."""


class TuboidInSeriesRow(TuboidRow[Datetime]):
    """A tuboid with columns of its series; links to its three files where data was asked for."""

    algo_name_series: str
    algo_version_series: str
    n_tuboids_series: int
    device_series: str
    start_datetime_series: Datetime
    end_datetime_series: Datetime
    n_images_series: int
    tuboid: NotRequired[str]
    context: NotRequired[str]
    metadata: NotRequired[str]


class TaxonomyColumns(TypedDict):
    """The ranks below `type`, as far as they are known."""

    order: str | None
    family: str | None
    genus: str | None
    species: str | None


class _Label(TypedDict):
    id: int
    parent_tuboid_id: int
    algo_name: str
    algo_version: str
    label: int
    pattern: str
    type: str


class LabelRow(_Label, TaxonomyColumns, Record[Datetime]):
    """A row of `itc_labels`."""


class LabelOnTuboidRow(LabelRow[Datetime]):
    """A label with the name, the trap and the first shot of its tuboid."""

    tuboid_id: str
    device: str
    start_datetime: Datetime


class _User(TypedDict):
    id: int
    username: str
    email: str | None
    is_admin: bool
    can_write: bool


class UserRow(_User, Record[Datetime]):
    """A row of `users`."""


class _Project(TypedDict):
    id: int
    name: str
    description: str | None
    notes: str | None


class ProjectRow(_Project, Record[Datetime]):
    """A row of `projects`."""


class _ProjectPermission(TypedDict):
    id: int
    parent_project_id: int
    parent_user_id: int
    level: int


class ProjectPermissionRow(_ProjectPermission, Record[Datetime]):
    """A row of `project_permissions`: what a user may do in a project."""


class BundleFile(TypedDict):
    """A file of an ML bundle; `mtime` in unix seconds."""

    key: str
    url: str
    md5: str
    mtime: float


def columns(row: Any, kind: Any = None) -> tuple[str, ...]:
    """The columns of a type of row, e.g. `ImageRow[str]`; with `kind`, those that hold that type, or null."""
    row = get_origin(row) or row
    return tuple(
        name
        for name, held in row.__annotations__.items()
        if name in row.__required_keys__ and (kind is None or kind is held or kind in get_args(held))
    )


def types_of(row: Any) -> dict[str, type]:
    """Columns of a type of row with what they hold, beside null: int, float, bool, str or datetime."""
    kinds = {kind: columns(row, kind) for kind in (int, float, bool)}
    return {
        column: datetime if is_datetime(column) else next((kind for kind in kinds if column in kinds[kind]), str)
        for column in columns(row)
    }


SENSORS = columns(SensorColumns)
IMAGES = columns(ImageRow)
UID_ANNOTATIONS = columns(AnnotationRow)
TUBOID_SERIES = columns(TuboidSeriesRow)
TILED_TUBOIDS = columns(TuboidRow)
TAXONOMY = columns(TaxonomyColumns)
RANKS = ("type", *TAXONOMY)  # a taxon in full, from the highest rank to the lowest
ITC_LABELS = columns(LabelRow)
USERS = columns(UserRow)
PROJECTS = columns(ProjectRow)
PROJECT_PERMISSIONS = columns(ProjectPermissionRow)

# What `get_tiled_tuboid_series` adds of a tuboid's series: column of the answer -> column of the series.
OF_SERIES = {
    column: column.removesuffix("_series")
    for column in columns(TuboidInSeriesRow)
    if column.removesuffix("_series") in TUBOID_SERIES and column not in TILED_TUBOIDS
}

TABLES: dict[str, Any] = {
    "images": ImageRow,
    "uid_annotations": AnnotationRow,
    "tuboid_series": TuboidSeriesRow,
    "tiled_tuboids": TuboidRow,
    "itc_labels": LabelRow,
    "users": UserRow,
    "projects": ProjectRow,
    "project_permissions": ProjectPermissionRow,
}
_DATETIMES = {column for row in TABLES.values() for column in columns(row, Datetime)}


def is_datetime(column: str) -> bool:
    """Whether a column holds datetimes; joined columns carry a suffix (`start_datetime_series`)."""
    return column in _DATETIMES or column.rpartition("_")[0] in _DATETIMES


def from_wire(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of an answer, their datetimes turned in place into naive UTC `datetime` objects."""
    datetimes = [column for column in (rows[0] if rows else ()) if is_datetime(column)]
    for row in rows:
        for column in datetimes:
            if row[column] is not None:
                row[column] = read_wire_datetime(row[column])
    return rows
