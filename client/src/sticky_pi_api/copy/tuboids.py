"""Tuboid series, also those in which nothing was caught, with their tuboids and labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ..core.errors import APIError, Conflict, InvalidInput
from ..core.formats import format_datetime
from ..core.layout import TUBOID_FILES, tuboid_key
from ..core.tuboids import check_tuboid_id
from ..md5s import jpeg_md5
from ..types import MetadataType, TuboidFiles
from .labels import copy_labels
from .parallel import each_of
from .places import Asked, FolderPlace, Place, series_info
from .tasks import Task

_TUBOIDS = 2000  # rows in memory
_SERIES = 500
_COMPARED = ("id_in_series", "start_datetime", "end_datetime", "n_shots")

_Key = tuple[Any, ...]


def copy_tuboids(task: Task) -> None:
    """Copies the tuboids that are absent with their series, and the labels of those that both places have."""
    tuboids, labels = "tuboids" in task.what, "labels" in task.what
    for device, of_device in groupby(task.source.tuboid_series(task.asked), lambda row: row["device"]):
        there = task.target.tuboid_series(Asked(device, task.asked.start, task.asked.end))
        series_there = {_key(row): row for row in there}
        for series in _groups(of_device):
            if tuboids:
                _copy_series(task, series, series_there)
            ours = _tuboids(task.source, series)
            theirs = _tuboids(task.target, series)
            if tuboids:
                _copy_tuboids(task, series, ours, theirs)
            if labels:
                now = _tuboids(task.target, series) if tuboids else theirs
                differing = _differing(ours, now)
                copy_labels(
                    task, ours, {tuboid_id: row for tuboid_id, row in now.items() if tuboid_id not in differing}
                )


def _groups(series: Iterator[dict[str, Any]]) -> Iterator[dict[_Key, dict[str, Any]]]:
    """Series in pieces that have few tuboids."""
    group: dict[_Key, dict[str, Any]] = {}
    size = 0
    for row in series:
        if group and (size + row["n_tuboids"] > _TUBOIDS or len(group) >= _SERIES):
            yield group
            group, size = {}, 0
        group[_key(row)] = row
        size += row["n_tuboids"]
    if group:
        yield group


def _key(row: Mapping[str, Any], suffix: str = "") -> _Key:
    names = ("device", "start_datetime", "end_datetime", "algo_name", "algo_version")
    return tuple(row[f"{name}{suffix}"] for name in names)


def _copy_series(task: Task, series: Mapping[_Key, dict[str, Any]], there: Mapping[_Key, dict[str, Any]]) -> None:
    for key, row in series.items():
        sizes = [(each["n_images"], each["n_tuboids"]) for each in (row, there.get(key, row))]
        if sizes[0] != sizes[1]:
            detail = "it is already there with {} images and {} tuboids, not {} and {}".format(*sizes[1], *sizes[0])
            task.report.problem("series", _name(row), Conflict(detail))
    absent = [row for key, row in series.items() if key not in there]
    task.target.put_tuboid_series(absent)
    task.report.copied("series", len(absent))
    task.report.there("series", len(series) - len(absent))


def _name(row: Mapping[str, Any]) -> str:
    span = " to ".join(format_datetime(row[name]) for name in ("start_datetime", "end_datetime"))
    return f"{row['device']} {span} by {row['algo_name']} {row['algo_version']}"


def _tuboids(place: Place, series: Mapping[_Key, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The tuboids of these series, with links to their files."""
    spans = sorted({key[:3] for key in series})
    info = [{"device": device, "start_datetime": start, "end_datetime": end} for device, start, end in spans]
    rows = place.client.get_tiled_tuboid_series(info, "data")
    return {check_tuboid_id(row["tuboid_id"]): row for row in rows if _key(row, "_series") in series}


@dataclass(frozen=True)
class _Job:
    """A tuboid to be copied: its row, that of its series, and which of its files."""

    row: dict[str, Any]
    series: dict[str, Any]
    files: tuple[str, ...]
    is_new: bool


def _copy_tuboids(
    task: Task,
    series: Mapping[_Key, dict[str, Any]],
    ours: Mapping[str, dict[str, Any]],
    theirs: Mapping[str, dict[str, Any]],
) -> None:
    differing = _differing(ours, theirs)
    for tuboid_id in differing:
        task.report.problem("tuboids", tuboid_id, Conflict("it is already there with other shots"))
    same = {tuboid_id: row for tuboid_id, row in theirs.items() if tuboid_id in ours and tuboid_id not in differing}
    damaged = _damaged(task.target, same) if isinstance(task.target, FolderPlace) else {}
    wanted = [tuboid_id for tuboid_id in ours if tuboid_id not in theirs or tuboid_id in damaged]
    task.report.there("tuboids", len(same) - len(damaged))
    jobs = (
        _Job(
            ours[tuboid_id],
            series[_key(ours[tuboid_id], "_series")],
            damaged.get(tuboid_id, tuple(TUBOID_FILES)),
            tuboid_id not in damaged,
        )
        for tuboid_id in wanted
    )
    for job, result in each_of(lambda job: _transfer(task, job), jobs, task.n_threads):
        if isinstance(result, APIError):
            task.report.problem("tuboids", job.row["tuboid_id"], result)
        else:
            task.report.copied("tuboids", repaired=not job.is_new)


def _differing(ours: Mapping[str, dict[str, Any]], theirs: Mapping[str, dict[str, Any]]) -> list[str]:
    """The tuboids of the same tuboid_id that are others."""
    both = sorted(ours.keys() & theirs.keys())
    return [each for each in both if any(ours[each][name] != theirs[each][name] for name in _COMPARED)]


def _damaged(target: FolderPlace, rows: Mapping[str, dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Of tuboids that are in a folder, those files that are missing or damaged."""
    pictures = [Path(row[name]) for row in rows.values() for name in ("tuboid", "context")]
    whole = target.client._md5s.md5s(pictures, form="jpeg")
    found: dict[str, tuple[str, ...]] = {}
    for tuboid_id, row in rows.items():
        bad = [name for name in ("tuboid", "context") if not whole.get(Path(row[name]))]
        if not _has_shots(Path(row["metadata"]), row["n_shots"]):
            bad.append("metadata")
        if bad:
            found[tuboid_id] = tuple(bad)
    return found


def _has_shots(metadata: Path, n_shots: int) -> bool:
    if not metadata.is_file():
        return False
    with metadata.open("rb") as file:
        return sum(bool(line.strip()) for line in file) == n_shots


def _transfer(task: Task, job: _Job) -> None:
    if isinstance(task.target, FolderPlace) and not job.is_new:
        _repair(task, task.target, job)
        return
    tuboid_id = job.row["tuboid_id"]
    paths = {
        name: task.source.local_file(job.row[name], tuboid_key(tuboid_id, name), task.spool, None)
        for name in TUBOID_FILES
    }
    tuboid: TuboidFiles = {"tuboid_id": tuboid_id, "series_info": series_info(job.series), **paths}  # type: ignore[typeddict-item]
    rows = _put(task.target, tuboid)
    if any(row[name] != job.row[name] for row in rows for name in _COMPARED):
        raise InvalidInput("its files are not those of its row: it was stored as its files are")
    task.report.transferred(sum(path.stat().st_size for path in paths.values()))
    for path in paths.values():
        task.source.used(path)


def _put(target: Place, tuboid: TuboidFiles) -> MetadataType:
    try:
        return target.client._put_tiled_tuboids([tuboid])
    except Conflict:
        # Ours after all, if an answer was lost on its way and the request sent again.
        rows = target.client.get_tiled_tuboid_series([tuboid["series_info"]])
        if not (stored := [row for row in rows if row["tuboid_id"] == tuboid["tuboid_id"]]):
            raise
        return stored


def _repair(task: Task, target: FolderPlace, job: _Job) -> None:
    for name in job.files:
        path = target.files.path(tuboid_key(job.row["tuboid_id"], name))
        task.source.fetch(job.row[name], path, None)
        if not (_has_shots(path, job.row["n_shots"]) if name == "metadata" else jpeg_md5(path)):
            raise InvalidInput(f"{path.name} is damaged at the source, too")
        task.report.transferred(path.stat().st_size)
