"""ML bundles: files that are absent, or older and different."""

from pathlib import Path
from typing import Any

from ..bundle_files import file_has_md5
from ..core.bundles import check_listed
from ..core.errors import APIError, Conflict, InvalidInput
from ..core.layout import bundle_key
from .parallel import each_of
from .places import FolderPlace, Place
from .tasks import Task

Files = dict[str, dict[str, Any]]


def copy_bundles(task: Task) -> None:
    """Copies all bundles."""
    for name in task.source.bundle_names():
        try:
            _copy_bundle(task, name)
        except InvalidInput as error:  # of a file's name
            task.report.problem("bundles", name, error)


def _copy_bundle(task: Task, name: str) -> None:
    ours, theirs = _files(task.source, name), _files(task.target, name)
    links = _links(task, name, ours)
    for key in ours.keys() & theirs.keys() - links.keys():
        if _differ(ours[key]["md5"], theirs[key]["md5"]):
            detail = "another file is there, which is newer: it is not overwritten"
            task.report.problem("bundles", f"{name}/{key}", Conflict(detail))
    task.report.there("bundles", len(ours) - len(links))
    _transfer_all(task, name, ours, links)


def _files(place: Place, name: str) -> Files:
    listed = place.client._get_ml_bundle_file_list(name, "all")
    for file in listed:
        check_listed(file)  # a server must not choose where we write
    return {file["key"]: file for file in listed}


def _links(task: Task, name: str, files: Files) -> dict[str, Any]:
    """key -> where to put a file, of those that are wanted."""
    if isinstance(task.target, FolderPlace):
        paths = {key: task.target.files.path(bundle_key(name, key)) for key in files}
        return {key: str(path) for key, path in paths.items() if _is_wanted(path, files[key])}
    offers = [
        {"bundle_name": name, "key": key, "md5": file["md5"], "mtime": file["mtime"]} for key, file in files.items()
    ]
    links = task.target.client._get_ml_bundle_upload_links(offers)
    return {link["key"]: link["url"] for link in links if link["key"] in files}


def _is_wanted(path: Path, file: dict[str, Any]) -> bool:
    """Also where a file of the same time has another md5: it is damaged."""
    if not path.exists():
        return True
    return file["mtime"] >= path.stat().st_mtime and not file_has_md5(path, file["md5"])


def _differ(md5: str, other: str) -> bool:
    """Whether two md5s are certainly of different files: those in parts of other sizes may be of the same."""
    return md5 != other and md5.partition("-")[2] == other.partition("-")[2]


def _transfer_all(task: Task, name: str, files: Files, links: dict[str, Any]) -> None:
    def transfer(key: str) -> None:
        file = files[key]
        path = task.source.local_file(file["url"], bundle_key(name, key), task.spool, file["md5"], file["mtime"])
        task.target.client._put_ml_bundle_file(path, links[key])
        task.report.transferred(path.stat().st_size)
        task.source.used(path)

    for key, result in each_of(transfer, list(links), task.n_threads):
        if isinstance(result, APIError):
            task.report.problem("bundles", f"{name}/{key}", result)
        else:
            task.report.copied("bundles")
