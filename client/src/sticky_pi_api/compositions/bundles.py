"""ML bundles: transfers of what differs between a folder and the service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..bundle_files import disk_faults, file_has_md5, local_files
from ..core.bundles import check_listed, needs_download
from ..core.errors import APIError, InvalidInput, NotFound, Unavailable
from ..core.formats import shown
from ..core.layout import check_what
from ..core.operations import OPERATIONS
from ..md5s import Md5Cache
from ..parallel import each
from ..spec import BaseAPISpec
from ..types import ClientInfo, PathType
from .failures import tell_failures

Files = list[dict[str, Any]]


def put_ml_bundle_dir(
    api: BaseAPISpec,
    put_file: Callable[[Path, Any], None],
    md5s: Md5Cache,
    *,
    bundle_name: str,
    bundle_dir: PathType,
    what: str,
    n_threads: int,
    skip_on_error: bool,
    client_info: ClientInfo | None,
) -> Files:
    """See BaseClient; `put_file` sends a file to the `url` of an upload link."""
    folder = Path(bundle_dir)
    if not folder.is_dir():
        raise InvalidInput(f"{str(folder)!r} is not a folder")
    files = local_files(folder, _what(what))
    known = md5s.md5s((file.path for file in files), form="multipart")
    unreadable = {
        index: InvalidInput(f"{shown(str(file.path))} cannot be read")
        for index, file in enumerate(files)
        if file.path not in known
    }
    tell_failures(unreadable, [file.path for file in files], [], skip_on_error=skip_on_error)
    offers = [
        {"bundle_name": bundle_name, "key": file.key, "md5": known[file.path], "mtime": file.mtime}
        for file in files
        if file.path in known
    ]
    links = api._get_ml_bundle_upload_links(offers, client_info=client_info)
    # A server must not choose what we send.
    paths = {file.key: file.path for file in files}
    if strange := [link["key"] for link in links if link["key"] not in paths]:
        raise Unavailable(f"the server asks for {shown(strange[0])}, which was not offered: nothing was uploaded")
    _each(lambda link: put_file(paths[link["key"]], link.get("url")), links, n_threads, "Uploading files")
    return links


def get_ml_bundle_dir(
    api: BaseAPISpec,
    get_file: Callable[[dict[str, Any], Path], None],
    *,
    bundle_name: str,
    bundle_dir: PathType,
    what: str,
    n_threads: int,
    client_info: ClientInfo | None,
) -> Files:
    """See BaseClient; `get_file` fetches a listed file to a path."""
    folder = Path(bundle_dir)
    listed = api._get_ml_bundle_file_list(bundle_name, _what(what), client_info=client_info)
    if not listed:
        part = "" if _what(what) == "all" else f" of what={what!r}"
        raise NotFound(f"there is no ML bundle {shown(bundle_name)}, or it has no files{part}")
    for file in listed:
        check_listed(file)  # a server must not choose where we write
    with disk_faults(folder):
        wanted = [file for file in listed if _is_wanted(file, folder / file["key"])]
    _each(lambda file: get_file(file, folder / file["key"]), wanted, n_threads, "Downloading files")
    return wanted


def _is_wanted(file: dict[str, Any], target: Path) -> bool:
    if not target.exists():
        return True
    same = file_has_md5(target, file["md5"])
    return needs_download(same=same, mtime=file["mtime"], local_mtime=target.stat().st_mtime)


def _each(function: Callable[[dict[str, Any]], None], files: Files, n_threads: int, title: str) -> None:
    for result in each(function, files, n_threads=n_threads, title=title):
        if isinstance(result, APIError):
            raise result


def _what(what: str) -> str:
    return check_what(what, OPERATIONS["_get_ml_bundle_file_list"].whats)
