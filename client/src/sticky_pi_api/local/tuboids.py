"""Tiled tuboids and their labels in a folder."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from ..core import info as infos
from ..core.labels import match_tuboids, new_labels, refuse_stored, tuboid_ids
from ..core.layout import TUBOID_FILES, tuboid_key, tuboid_keys
from ..core.records import OF_SERIES, LabelRow, TuboidInSeriesRow, TuboidRow, TuboidSeriesRow
from ..core.series import Containers, match_devices
from ..core.tuboids import TuboidSeries, already_there, check_room
from ..core.work import TUBOIDS
from ..reading import read_tuboid
from ..types import TuboidFiles
from . import leases
from .files import LocalFiles
from .schema import ITC_LABELS, TILED_TUBOIDS, TUBOID_SERIES
from .store import Rows, Store

Labels = list[LabelRow[datetime]]


def put_tiled_tuboid(store: Store, storage: LocalFiles, files: TuboidFiles) -> list[TuboidRow[datetime]]:
    """Stores one tuboid, and the row of its series if there is none."""
    tuboid = read_tuboid(files)
    with storage.staging() as staging:
        for key, data in tuboid.files.items():
            staging.add(key, data)
        with store.writing() as rows:
            if rows.where(TILED_TUBOIDS, "tuboid_id", [tuboid.tuboid_id]):
                raise already_there(tuboid)
            series = _series(rows, tuboid.series)
            n_stored = len(rows.where(TILED_TUBOIDS, "parent_series_id", [series["id"]]))
            check_room(tuboid, n_stored=n_stored, n_tuboids=series["n_tuboids"])
            rows.insert(TILED_TUBOIDS, [{"parent_series_id": series["id"], **tuboid.to_record()}])
            staging.publish()
            return rows.where(TILED_TUBOIDS, "tuboid_id", [tuboid.tuboid_id])


def _series(rows: Rows, series: TuboidSeries) -> TuboidSeriesRow[datetime]:
    """The row of the series, made if there is none."""
    for _ in range(2):
        for row in rows.where(TUBOID_SERIES, "device", [series.device]):
            if series.key == (
                row["device"],
                row["start_datetime"],
                row["end_datetime"],
                row["algo_name"],
                row["algo_version"],
            ):
                return row
        rows.insert(TUBOID_SERIES, [series.to_record()])
    raise AssertionError("unreachable")


def get_tiled_tuboid_series(
    store: Store, storage: LocalFiles, info: object, what: str
) -> list[TuboidInSeriesRow[datetime]]:
    """Tuboids of the series that lie within what is asked for."""
    asked = infos.series(info)
    with store.reading() as rows:
        series = {row["id"]: row for row in series_within(rows, asked)}
        found = rows.where(TILED_TUBOIDS, "parent_series_id", series, order="tuboid_id")
    rows_in_series = []
    for row in found:
        parent: Any = series[row["parent_series_id"]]
        of_series = {name: parent[column] for name, column in OF_SERIES.items()}
        files = {name: storage.url(tuboid_key(row["tuboid_id"], name)) for name in TUBOID_FILES}
        rows_in_series.append({**row, **of_series, **(files if what == "data" else {})})
    return cast(list[TuboidInSeriesRow[datetime]], rows_in_series)


def put_series(store: Store, series: Iterable[TuboidSeries]) -> None:
    """Makes the rows of series before their tuboids come; those that are there are passed over."""
    with store.writing() as rows:
        for each in series:
            _series(rows, each)


def delete_tiled_tuboids(store: Store, storage: LocalFiles, info: object) -> list[TuboidSeriesRow[datetime]]:
    """Deletes series. Files go in a transaction after that of the rows, for a row must not outlive its files."""
    asked = infos.series(info)
    with store.writing() as rows:
        deleted = series_within(rows, asked)
        ids = [row["id"] for row in deleted]
        tuboids = [row["tuboid_id"] for row in rows.where(TILED_TUBOIDS, "parent_series_id", ids)]
        rows.delete(TUBOID_SERIES, ids)
    with store.writing() as rows:
        again = {row["tuboid_id"] for row in rows.where(TILED_TUBOIDS, "tuboid_id", tuboids)}
        storage.remove(key for tuboid_id in tuboids if tuboid_id not in again for key in tuboid_keys(tuboid_id))
    return sorted(deleted, key=lambda row: row["id"])


def series_within(rows: Rows, asked: Iterable[infos.Series]) -> list[TuboidSeriesRow[datetime]]:
    """Rows of the series that lie within any of the elements, both ends included."""
    known = rows.all(TUBOID_SERIES)
    ranges = match_devices(asked, {row["device"] for row in known}, Containers)
    return [
        row
        for row in known
        if row["device"] in ranges and ranges[row["device"]].hold(row["start_datetime"], row["end_datetime"])
    ]


def put_itc_labels(store: Store, info: object) -> Labels:
    """Stores labels, all or none."""
    new = new_labels(info)
    with store.writing() as rows:
        ids = _ids(rows, [label.tuboid_id for label in new])
        parents = match_tuboids(new, ids)
        stored = {_identity(row) for row in rows.where(ITC_LABELS, "parent_tuboid_id", set(parents))}
        refuse_stored(new, parents, stored)
        records = [
            {"parent_tuboid_id": parent, **label.to_record()} for label, parent in zip(new, parents, strict=True)
        ]
        rows.insert(ITC_LABELS, records)
        leases.finish(rows, TUBOIDS, new, parents)
        return _labels(rows, ids, lambda row: _identity(row) not in stored)


def get_itc_labels(store: Store, info: object) -> Labels:
    """Labels of tuboids."""
    asked = tuboid_ids(info)
    with store.reading() as rows:
        return _labels(rows, _ids(rows, asked), lambda row: True)


def _ids(rows: Rows, tuboids: Sequence[str]) -> dict[str, int]:
    """tuboid_id -> id, in the order of answers."""
    found = rows.where(TILED_TUBOIDS, "tuboid_id", set(tuboids), order="tuboid_id")
    return {row["tuboid_id"]: row["id"] for row in found}


def _labels(rows: Rows, ids: dict[str, int], keep: Callable[[LabelRow[datetime]], bool]) -> Labels:
    """Labels by (tuboid_id, id)."""
    order = {identity: position for position, identity in enumerate(ids.values())}
    found = [row for row in rows.where(ITC_LABELS, "parent_tuboid_id", order) if keep(row)]
    return sorted(found, key=lambda row: (order[row["parent_tuboid_id"]], row["id"]))


def _identity(row: LabelRow[datetime]) -> tuple[int, str, str]:
    return row["parent_tuboid_id"], row["algo_name"], row["algo_version"]
