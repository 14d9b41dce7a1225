"""Uploads of images that are not there yet."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import APIError, Conflict, InvalidInput
from ..core.formats import parse_image_name, shown
from ..core.info import ImageKey
from ..core.uploads import images_to_upload
from ..md5s import Md5Cache
from ..parallel import each
from ..reading import paths_of, stored_name
from ..spec import BaseAPISpec
from ..types import ClientInfo, MetadataType, PathType
from .failures import sorted_out, tell_failures


def put_images(
    api: BaseAPISpec,
    files: Sequence[PathType],
    md5s: Md5Cache,
    *,
    n_threads: int,
    skip_on_error: bool,
    client_info: ClientInfo | None,
) -> MetadataType:
    """See BaseClient."""
    paths = paths_of(files)
    local, failures = _local_images(paths, md5s)
    there = {key: row.get("md5", "") for key, row in _stored(api, {key for _, key, _ in local}, client_info).items()}
    upload, conflicts = images_to_upload(local, there)
    failures |= {item["index"]: Conflict(item["detail"]) for item in conflicts}
    wanted = {index: (paths[index], key, md5) for index, key, md5 in local}
    results = each(
        lambda index: put_image(api, *wanted[index], client_info),
        upload,
        n_threads=n_threads,
        title="Uploading images",
    )
    rows, failed = sorted_out(upload, results)
    rows.sort(key=lambda row: (row["device"], row["datetime"]))
    tell_failures(failures | failed, paths, rows, skip_on_error=skip_on_error)
    return rows


def _local_images(paths: Sequence[Path], md5s: Md5Cache) -> tuple[list[tuple[int, ImageKey, str]], dict[int, APIError]]:
    """Index, key and md5 of the files that can be uploaded; index -> error of the others."""
    keys: dict[int, ImageKey] = {}
    failures: dict[int, APIError] = {}
    for index, path in enumerate(paths):
        try:
            keys[index] = ImageKey(*parse_image_name(stored_name(path)))
        except InvalidInput as error:
            failures[index] = error
    known = md5s.md5s(paths[index] for index in keys)
    for index in keys:
        if paths[index] not in known:
            failures[index] = InvalidInput(f"{shown(str(paths[index]))} cannot be read")
    local = [(index, key, known[paths[index]]) for index, key in keys.items() if index not in failures]
    return local, failures


def put_image(api: BaseAPISpec, path: Path, key: ImageKey, md5: str, client_info: ClientInfo | None) -> MetadataType:
    """Uploads an image that is not there yet. Returns its row."""
    try:
        return api._put_new_images([path], client_info=client_info)
    except Conflict:
        # Ours after all, if an answer was lost on its way and the request sent again.
        stored = _stored(api, [key], client_info).get(key)
        if stored is None or stored.get("md5") != md5:
            raise
        return [{column: value for column, value in stored.items() if column != "url"}]


def _stored(
    api: BaseAPISpec, keys: Collection[ImageKey], client_info: ClientInfo | None
) -> dict[ImageKey, dict[str, Any]]:
    rows = api.get_images([key._asdict() for key in keys], client_info=client_info) if keys else []
    return {ImageKey(row["device"], row["datetime"]): row for row in rows}
