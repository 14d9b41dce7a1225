"""Images: those that are absent, and of a folder those whose files are damaged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..compositions.images import put_image
from ..core import layout
from ..core.chunks import chunker
from ..core.errors import APIError, Conflict, InvalidInput
from ..core.formats import image_name, parse_datetime, parse_device
from ..core.info import ImageKey
from ..core.jpeg import read_header
from ..local.images import insert_images
from ..md5s import file_md5
from ..reading import read_file
from .parallel import each_of
from .places import FolderPlace
from .tasks import Task

_ROWS = 200  # of a folder, written together
_KEYS = 2000  # of a call


@dataclass(frozen=True)
class _Job:
    """An image to be copied: its row, and the links to those of its files that are wanted."""

    row: dict[str, Any]
    urls: dict[str, str]
    is_new: bool

    @property
    def key(self) -> ImageKey:
        return _key(self.row)


def copy_images(task: Task) -> None:
    """Copies the images that are asked for."""
    target = task.target
    if isinstance(target, FolderPlace):
        done = each_of(lambda job: _into_folder(task, target, job), _jobs(task), task.n_threads)
    else:
        done = each_of(lambda job: _to_server(task, job), _jobs(task), task.n_threads)
    for chunk in chunker(_told(task, done), _ROWS):
        if isinstance(target, FolderPlace):
            insert_images(target.store, [job.row for job in chunk if job.is_new])
        for job in chunk:
            task.report.copied("images", repaired=not job.is_new)


def _told(task: Task, done: Iterator[tuple[_Job, APIError | None]]) -> Iterator[_Job]:
    """The jobs that went well."""
    for job, result in done:
        if isinstance(result, APIError):
            task.report.problem("images", image_name(*job.key), result)
        else:
            yield job


def _jobs(task: Task) -> Iterator[_Job]:
    for part in task.slices():
        rows = {_key(row): row for row in task.source.client.get_image_series(part.info)}
        there = {_key(row): row["md5"] for row in task.target.client.get_image_series(part.info)}
        for key in rows.keys() & there.keys():
            if rows[key]["md5"] != there[key]:
                detail = f"it is already there with another md5 ({there[key]}, not {rows[key]['md5']})"
                task.report.problem("images", image_name(*key), Conflict(detail))
        same = {key: rows[key] for key in rows if there.get(key) == rows[key]["md5"]}
        damaged = _damaged(task.target, same) if isinstance(task.target, FolderPlace) else {}
        task.report.there("images", len(same) - len(damaged))
        wanted = {key: damaged.get(key, task.target.whats) for key in rows if key in damaged or key not in there}
        yield from _linked(task, rows, wanted, damaged)


def _linked(
    task: Task,
    rows: Mapping[ImageKey, dict[str, Any]],
    wanted: Mapping[ImageKey, tuple[str, ...]],
    damaged: Mapping[ImageKey, Any],
) -> Iterator[_Job]:
    for keys in chunker(wanted, _KEYS):
        urls: dict[ImageKey, dict[str, str]] = {key: {} for key in keys}
        for what in task.target.whats:
            info = [key._asdict() for key in keys if what in wanted[key]]
            for row in task.source.client.get_images(info, what) if info else ():
                urls.get(_key(row), {})[what] = row["url"]
        # One that has no link has been deleted since it was listed.
        yield from (
            _Job(rows[key], urls[key], key not in damaged) for key in keys if urls[key].keys() >= {*wanted[key]}
        )


def _damaged(target: FolderPlace, rows: Mapping[ImageKey, dict[str, Any]]) -> dict[ImageKey, tuple[str, ...]]:
    """Of images that are in a folder, those files that are missing or damaged."""
    paths = {(key, what): target.files.path(layout.image_key(*key, what)) for key in rows for what in target.whats}
    md5s = target.client._md5s.md5s(path for (_, what), path in paths.items() if what == "image")
    whole = target.client._md5s.md5s((path for (_, what), path in paths.items() if what != "image"), form="jpeg")
    found: dict[ImageKey, tuple[str, ...]] = {}
    for (key, what), path in paths.items():
        if not (md5s.get(path) == rows[key]["md5"] if what == "image" else whole.get(path)):
            found[key] = (*found.get(key, ()), what)
    return found


def _to_server(task: Task, job: _Job) -> None:
    path = task.source.local_file(job.urls["image"], layout.image_key(*job.key), task.spool, job.row["md5"])
    put_image(task.target.client, path, job.key, job.row["md5"], None)
    task.report.transferred(path.stat().st_size)
    task.source.used(path)


def _into_folder(task: Task, target: FolderPlace, job: _Job) -> None:
    """Fetches files of an image to their places."""
    for what, url in job.urls.items():
        path = target.files.path(layout.image_key(*job.key, what))
        md5 = job.row["md5"] if what == "image" else None
        if _is_there(path, md5, is_new=job.is_new):
            continue
        task.source.fetch(url, path, md5)
        if not md5 and not _is_jpeg(path):
            path.unlink()
            raise InvalidInput(f"{url.partition('?')[0]} is no whole JPEG file")
        task.report.transferred(path.stat().st_size)


def _is_there(path: Path, md5: str | None, *, is_new: bool) -> bool:
    """Whether a copy that was killed has left the whole file."""
    if not path.exists():
        return False
    if not md5:
        return _is_jpeg(path)
    if file_md5(path) == md5:
        return True
    if is_new and _is_jpeg(path):
        raise Conflict(f"another file is stored as {path}, though no row has it: it is not overwritten")
    return False


def _is_jpeg(path: Path) -> bool:
    try:
        read_header(path.name, read_file(path))
    except InvalidInput:
        return False
    return True


def _key(row: Mapping[str, Any]) -> ImageKey:
    # Of parsed values: a server must not choose where we write.
    return ImageKey(parse_device(row["device"]), parse_datetime(row["datetime"]))
