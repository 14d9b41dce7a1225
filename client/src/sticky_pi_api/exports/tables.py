"""The tables as they are, with deployments and captures, as CSV or Parquet."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from ..core.people import is_person
from ..core.records import AnnotationRow, ImageRow, LabelRow, TuboidRow, types_of
from ..types import MetadataType
from .folder import Folder, Table
from .season import Capture, Deployment, Season

Types = dict[str, type]
_SERIES: Types = {
    "id": int,
    "device": str,
    "start_datetime": str,
    "end_datetime": str,
    "n_images": int,
    "n_tuboids": int,
    "algo_name": str,
    "algo_version": str,
}
_DEPLOYMENTS: Types = {
    "deployment_id": str,
    "device": str,
    "start_datetime": str,
    "end_datetime": str,
    "latitude": float,
    "longitude": float,
    "n_images": int,
    "trap_hours": float,
    "n_gaps": int,
    "gap_hours": float,
}
_CAPTURES: Types = {
    "tuboid_id": str,
    "device": str,
    "start_datetime": str,
    "end_datetime": str,
    "n_shots": int,
    "taxon": str,
    "labelled_by": str,
}
Opens = Callable[[str, Types], AbstractContextManager[Table]]


def write_csv(season: Season, folder: Folder) -> None:
    """`<table>.csv`."""
    _write(season, lambda name, types: folder.csv(f"{name}.csv", list(types)))


def write_parquet(season: Season, folder: Folder) -> None:
    """`<table>.parquet`, datetimes as timestamps (UTC)."""
    from .parquet import ParquetTable, schema_of

    _write(
        season,
        lambda name, types: folder.counted(
            f"{name}.parquet", ParquetTable(folder.path / f"{name}.parquet", schema_of(types))
        ),
    )


def _write(season: Season, opens: Opens) -> None:
    with opens("images", types_of(ImageRow)) as table:
        for rows in season.images():
            table.write(rows)
    with opens("deployments", _DEPLOYMENTS) as table:
        table.write([_deployment(stay) for stay in season.deployments()])
    with opens("uid_annotations", types_of(AnnotationRow)) as table:
        for rows in _annotations(season):
            table.write(rows)
    with ExitStack() as stack:
        names = {
            "tuboid_series": _SERIES,
            "tiled_tuboids": types_of(TuboidRow),
            "itc_labels": {**types_of(LabelRow), "tuboid_id": str},
            "captures": _CAPTURES,
        }
        opened = {name: stack.enter_context(opens(name, types)) for name, types in names.items()}
        for device in season.each_device():
            for name, rows in _of_device(season, device).items():
                opened[name].write(rows)


def _annotations(season: Season) -> Iterator[MetadataType]:
    for device in season.devices():
        for _, rows in season.annotations(device):
            yield rows


def _of_device(season: Season, device: str) -> dict[str, MetadataType]:
    tuboids = season.tuboids(device)
    names = {row["id"]: row["tuboid_id"] for row in tuboids}
    return {
        "tuboid_series": _series(tuboids),
        "tiled_tuboids": tuboids,
        "itc_labels": [{**row, "tuboid_id": names[row["parent_tuboid_id"]]} for row in season.labels(tuboids)],
        "captures": [_capture(one) for one in season.captures(device)],
    }


def _series(tuboids: MetadataType) -> MetadataType:
    found = {row["parent_series_id"]: {column: row.get(f"{column}_series") for column in _SERIES} for row in tuboids}
    return [{**row, "id": identity} for identity, row in sorted(found.items())]


def _deployment(stay: Deployment) -> dict[str, Any]:
    own = {"deployment_id": stay.id, "start_datetime": stay.start, "end_datetime": stay.end, "trap_hours": stay.hours}
    return {**vars(stay), **own}


def _capture(one: Capture) -> dict[str, Any]:
    return {**vars(one), "start_datetime": one.start, "end_datetime": one.end, "labelled_by": labelled_by(one)}


def labelled_by(one: Capture) -> str | None:
    """Who says what it is: a person, or an algorithm with its version."""
    if one.label is None:
        return None
    name, version = one.label["algo_name"], one.label["algo_version"]
    return name if is_person(name) else f"{name} {version}"
