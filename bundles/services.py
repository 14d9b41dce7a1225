"""Writes of bundles, where files are stored on disk; clients post them to a bucket directly."""

from pathlib import Path

from bundles.md5s import cache_md5s
from sticky_pi_api.core.bundles import has_md5, multipart_md5
from sticky_pi_api.core.errors import InvalidInput
from stickypi.storage import DiskStorage


def bundle_file_put(*, storage: DiskStorage, key: str, md5: str, path: Path) -> None:
    """Stores an uploaded file, replacing an older one.

    Args:
        storage: where files are stored.
        key: the storage key.
        md5: what the md5 of the file should be, in any of its forms.
        path: the uploaded file, in `storage.incoming()`.

    Raises:
        InvalidInput: it has another md5.
        Conflict: a folder has its name.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found = multipart_md5(file, size)
    if found != md5 and not has_md5(md5, size, lambda: path.open("rb")):
        raise InvalidInput(
            f"{key}: the md5 of what arrived is {found}, of what was to come {md5}: send it again", code="md5_mismatch"
        )
    folder, bundle_name, _ = key.split("/", 2)
    stored = storage.replace(key, path, within=f"{folder}/{bundle_name}")
    cache_md5s([(stored, found)])
