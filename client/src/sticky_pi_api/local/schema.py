"""The tables of `database.db`: the columns of `core.records`, typed as the existing tool types them, and our own."""

from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Any, Generic, TypedDict, TypeVar, get_args

from ..core import records
from ..core.records import (
    AnnotationRow,
    Datetime,
    ImageRow,
    LabelRow,
    ProjectPermissionRow,
    ProjectRow,
    Record,
    TuboidRow,
    TuboidSeriesRow,
    UserRow,
    columns,
)

Row = TypeVar("Row")


class _ProjectColumn(TypedDict):
    id: int
    parent_project_id: int
    name: str
    sql_type: str


class ProjectColumnRow(_ProjectColumn, Record[Datetime]):
    """A column of a project's own."""


class _Deployment(TypedDict, Generic[Datetime]):
    id: int
    parent_project_id: int
    device: str
    start_datetime: Datetime
    end_datetime: Datetime
    values: str
    number: int | None


class DeploymentRow(_Deployment[Datetime], Record[Datetime]):
    """A row of a project's series; `values` is JSON, by the id of the column.

    `number` is the row's id to callers, where it comes from the second generation: each project began with 1 there. It
    is null where that is `id`.
    """


class _Lease(TypedDict, Generic[Datetime]):
    id: int
    item_id: int
    algo_name: str
    algo_version: str
    state: str
    token: str
    holder: str
    ends: Datetime
    attempts: int
    failures: int
    reason: str


class LeaseRow(_Lease[Datetime], Record[Datetime]):
    """An image or a tuboid that was given to a worker; `state` is held, done or aside, as on the server."""


TABLES: dict[str, Any] = {
    **records.TABLES,
    "project_columns": ProjectColumnRow,
    "deployments": DeploymentRow,
    "image_leases": LeaseRow,
    "tuboid_leases": LeaseRow,
}


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A table, and by its type the rows that it has."""

    name: str


IMAGES: Table[ImageRow[datetime]] = Table("images")
UID_ANNOTATIONS: Table[AnnotationRow[datetime]] = Table("uid_annotations")
TUBOID_SERIES: Table[TuboidSeriesRow[datetime]] = Table("tuboid_series")
TILED_TUBOIDS: Table[TuboidRow[datetime]] = Table("tiled_tuboids")
ITC_LABELS: Table[LabelRow[datetime]] = Table("itc_labels")
USERS: Table[UserRow[datetime]] = Table("users")
PROJECTS: Table[ProjectRow[datetime]] = Table("projects")
PROJECT_PERMISSIONS: Table[ProjectPermissionRow[datetime]] = Table("project_permissions")
PROJECT_COLUMNS: Table[ProjectColumnRow[datetime]] = Table("project_columns")
DEPLOYMENTS: Table[DeploymentRow[datetime]] = Table("deployments")
IMAGE_LEASES: Table[LeaseRow[datetime]] = Table("image_leases")
TUBOID_LEASES: Table[LeaseRow[datetime]] = Table("tuboid_leases")

_TYPES = {int: "INTEGER", float: "FLOAT", bool: "BOOLEAN", str: "TEXT", Datetime: "DATETIME"}

# Where the type and nullability of a row's column do not say all.
_SPECIAL = {
    "id": "INTEGER PRIMARY KEY",
    "lat": "DECIMAL(9, 6)",
    "lng": "DECIMAL(9, 6)",
    "api_version": "TEXT",
    "is_admin": "BOOLEAN DEFAULT 0",  # older folders have nulls
    "can_write": "BOOLEAN DEFAULT 1",
    "parent_image_id": "INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE",
    "parent_series_id": "INTEGER NOT NULL REFERENCES tuboid_series (id) ON DELETE CASCADE",
    "parent_tuboid_id": "INTEGER NOT NULL REFERENCES tiled_tuboids (id) ON DELETE CASCADE",
    "parent_project_id": "INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE",
    "parent_user_id": "INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE",
}

UNIQUE = {
    "images": ("device", "datetime"),
    "uid_annotations": ("parent_image_id", "algo_name", "algo_version"),
    "tuboid_series": ("device", "start_datetime", "end_datetime", "algo_name", "algo_version"),
    "tiled_tuboids": ("tuboid_id",),
    "itc_labels": ("parent_tuboid_id", "algo_name", "algo_version"),
    "users": ("username",),
    "project_permissions": ("parent_project_id", "parent_user_id"),
    "deployments": ("parent_project_id", "device", "start_datetime", "end_datetime"),
    "image_leases": ("item_id", "algo_name", "algo_version"),
    "tuboid_leases": ("item_id", "algo_name", "algo_version"),
}

_INDEXED = {"tiled_tuboids": "parent_series_id", "deployments": "number"}
INDEXES = {
    f"{table}_{column}": f"CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column})"
    for table, column in _INDEXED.items()
}


def _declaration(column: str, annotation: Any) -> str:
    if column in _SPECIAL:
        return _SPECIAL[column]
    kinds = get_args(annotation) or (annotation,)
    [kind] = (kind for kind in kinds if kind is not NoneType)
    return _TYPES[kind] if NoneType in kinds else f"{_TYPES[kind]} NOT NULL"


# Table -> column -> type.
COLUMNS = {
    table: {column: _declaration(column, row.__annotations__[column]) for column in columns(row)}
    for table, row in TABLES.items()
}
for _table, _items in (("image_leases", "images"), ("tuboid_leases", "tiled_tuboids")):
    COLUMNS[_table]["item_id"] = f"INTEGER NOT NULL REFERENCES {_items} (id) ON DELETE CASCADE"
COLUMNS["users"]["is_active"] = "BOOLEAN NOT NULL DEFAULT 1"  # users are never deleted: rows have their ids


def create_table(table: str, name: str, extra: dict[str, str]) -> str:
    """The statement that makes `table` as `name`; `extra` are columns that other tools have added."""
    declarations = [f'"{column}" {kind}' for column, kind in {**COLUMNS[table], **extra}.items()]
    unique = [f"UNIQUE ({', '.join(UNIQUE[table])})"] if table in UNIQUE else []
    return f'CREATE TABLE "{name}" ({", ".join([*declarations, *unique])})'
