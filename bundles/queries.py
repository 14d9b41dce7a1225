"""Reads of bundles, from the file storage: a bundle is nothing but its files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bundles.md5s import md5s
from sticky_pi_api.core import bundles
from sticky_pi_api.core.bundles import BundleUpload
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.layout import bundle_folder, bundle_key
from sticky_pi_api.core.records import BundleFile
from stickypi.storage import StoredFile, files
from stickypi.storage.links import LinkMaker, UploadLinkMaker

_ROOT = "ml"
_CHUNK = 500


def bundle_names() -> list[str]:
    """The names of all bundles, in order."""
    return [name for name in files().list_folders(_ROOT) if _is_valid(bundles.parse_bundle_name, name)]


def bundle_files(*, bundle_name: str, what: str, link: LinkMaker) -> Iterator[list[BundleFile]]:
    """The files of a bundle that `what` covers, by key, in chunks."""
    start = len(f"{bundle_folder(bundle_name)}/")
    for chunk in chunker(_stored_files(bundle_name, what), _CHUNK):
        md5_of = md5s(chunk)
        yield [
            {"key": file.key[start:], "url": link(file.key), "md5": md5_of[file.key], "mtime": file.mtime}
            for file in chunk
        ]


def recorded_md5(file: StoredFile) -> str | None:
    """The md5 that whoever uploaded a file to a bucket said; None where none was recorded."""
    recorded = files().metadata(file.key).get("md5", "")
    return recorded if bundles.part_sizes(recorded, file.size) else None


def upload_links(
    *, info: Sequence[Mapping[str, Any]], uploads: Sequence[BundleUpload], link: UploadLinkMaker
) -> Iterator[list[dict[str, Any]]]:
    """The elements of `info` whose file needs uploading, each with a `url` to upload it to, in chunks.

    Args:
        info: the elements of a call.
        uploads: the same, parsed.
        link: makes the links.
    """
    stored = _stored_among(uploads)
    for chunk in chunker(zip(info, uploads, strict=True), _CHUNK):
        md5_of = _md5s_of_older(stored, [offered for _, offered in chunk])
        yield [
            {**element, "url": link(_key(offered), offered.md5)}
            for element, offered in chunk
            if _is_needed(offered, stored.get(_key(offered)), md5_of)
        ]


def _stored_files(bundle_name: str, what: str) -> Iterator[StoredFile]:
    """The files of a bundle, without others that its folder may contain."""
    folder = bundle_folder(bundle_name)
    for file in files().list_files(folder):
        key = file.key[len(folder) + 1 :]
        if bundles.is_in(key, what) and _is_valid(bundles.parse_bundle_key, key):
            yield file


def _is_valid(parse: Callable[[Any], str], value: str) -> bool:
    try:
        parse(value)
    except InvalidInput:
        return False
    return True


def _key(offered: BundleUpload) -> str:
    return bundle_key(offered.bundle_name, offered.key)


def _stored_among(uploads: Sequence[BundleUpload]) -> dict[str, StoredFile]:
    """The stored files among those that are offered, by storage key."""
    keys = {_key(offered) for offered in uploads}
    names = sorted({offered.bundle_name for offered in uploads})
    return {file.key: file for name in names for file in _stored_files(name, "all") if file.key in keys}


def _md5s_of_older(stored: dict[str, StoredFile], uploads: Sequence[BundleUpload]) -> dict[str, str]:
    """The md5s of the stored files that are older than what is offered: the others stay whatever their md5."""
    older = {}
    for offered in uploads:
        file = stored.get(_key(offered))
        if file and bundles.needs_upload(offered, same=False, mtime=file.mtime):
            older[file.key] = file
    return md5s(list(older.values()))


def _is_needed(offered: BundleUpload, stored: StoredFile | None, md5_of: dict[str, str]) -> bool:
    if stored is None:
        return True
    md5 = md5_of.get(stored.key)
    if md5 is None or md5 == offered.md5:
        return False
    # The md5 offered may be in another of its forms: that takes reading the file.
    return not bundles.has_md5(offered.md5, stored.size, lambda: files().stream(stored.key))
