"""Reads of bundles: from the storage, for the files are all there is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bundles.md5s import md5s
from sticky_pi_api.core import bundles
from sticky_pi_api.core.bundles import BundleUpload
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.layout import bundle_folder, bundle_key
from stickypi.storage import StoredFile, files

Rows = list[dict[str, Any]]

_ROOT = "ml"
_CHUNK = 500


def bundle_names() -> list[str]:
    """The bundles there are, in order."""
    return [name for name in files().list_folders(_ROOT) if _is_valid(bundles.parse_bundle_name, name)]


def bundle_files(*, bundle_name: str, what: str, link: Callable[[str], str]) -> Iterator[Rows]:
    """`{key, url, md5, mtime}` of the files of a bundle that `what` covers, by key, in chunks."""
    start = len(f"{bundle_folder(bundle_name)}/")
    for chunk in chunker(_stored(bundle_name, what), _CHUNK):
        known = md5s(chunk)
        yield [
            {"key": file.key[start:], "url": link(file.key), "md5": known[file.key], "mtime": file.mtime}
            for file in chunk
        ]


def upload_links(
    *, info: Rows, uploads: Sequence[BundleUpload], link: Callable[[str, str], dict[str, Any]]
) -> Iterator[Rows]:
    """Those elements of `info` whose file needs uploading, in chunks; with `url`, where to.

    Args:
        info: the elements of a call.
        uploads: what they offer.
        link: from storage key and md5 to where to upload.
    """
    there = _offered(uploads)
    for chunk in chunker(zip(info, uploads, strict=True), _CHUNK):
        known = _md5s_of_older(there, [offered for _, offered in chunk])
        yield [
            {**element, "url": link(_key(offered), offered.md5)}
            for element, offered in chunk
            if _is_needed(offered, there.get(_key(offered)), known)
        ]


def _stored(bundle_name: str, what: str) -> Iterator[StoredFile]:
    """The files of a bundle; others that somebody put there are passed over."""
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


def _offered(uploads: Sequence[BundleUpload]) -> dict[str, StoredFile]:
    """Those of the offered files that are there, by key."""
    keys = {_key(offered) for offered in uploads}
    names = sorted({offered.bundle_name for offered in uploads})
    return {file.key: file for name in names for file in _stored(name, "all") if file.key in keys}


def _md5s_of_older(there: dict[str, StoredFile], uploads: Sequence[BundleUpload]) -> dict[str, str]:
    """The md5s of stored files that are older than what is offered: of others it does not matter."""
    older = {key: there[key] for offered in uploads if (key := _key(offered)) in there and _is_newer(offered, there)}
    return md5s(list(older.values()))


def _is_newer(offered: BundleUpload, there: dict[str, StoredFile]) -> bool:
    return bundles.needs_upload(offered, same=False, mtime=there[_key(offered)].mtime)


def _is_needed(offered: BundleUpload, stored: StoredFile | None, known: dict[str, str]) -> bool:
    if stored is None:
        return True
    md5 = known.get(stored.key)
    return md5 is not None and md5 != offered.md5 and not _has_md5(stored, offered.md5)


def _has_md5(stored: StoredFile, md5: str) -> bool:
    """Whether a stored file has an md5 of another form; its content is read for that."""
    return bundles.has_md5(md5, stored.size, lambda: files().stream(stored.key))
