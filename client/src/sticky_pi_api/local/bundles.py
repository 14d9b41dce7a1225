"""ML bundles in a folder: files only, no rows."""

from typing import Any

from ..bundle_files import file_has_md5, local_files
from ..core.bundles import BundleUpload, bundle_uploads, needs_upload, parse_bundle_name
from ..core.layout import bundle_folder, bundle_key
from ..md5s import bundle_md5
from ..storage import DiskStorage


def get_ml_bundle_file_list(storage: DiskStorage, info: Any, what: str) -> list[dict[str, Any]]:
    """The files of a bundle, by key."""
    folder = storage.path(bundle_folder(parse_bundle_name(info)))
    return [
        {"key": file.key, "url": str(file.path), "md5": bundle_md5(file.path), "mtime": file.mtime}
        for file in local_files(folder, what)
    ]


def get_ml_bundle_upload_links(storage: DiskStorage, info: Any) -> list[dict[str, Any]]:
    """Which of the files to copy, and where to."""
    offers = bundle_uploads(info)
    return [
        {**element, "url": storage.url(bundle_key(offered.bundle_name, offered.key))}
        for element, offered in zip(info, offers, strict=True)
        if _is_needed(storage, offered)
    ]


def _is_needed(storage: DiskStorage, offered: BundleUpload) -> bool:
    path = storage.path(bundle_key(offered.bundle_name, offered.key))
    if not path.is_file():
        return True
    return needs_upload(offered, same=file_has_md5(path, offered.md5), mtime=path.stat().st_mtime)
