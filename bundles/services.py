"""Writes of bundles, where files are kept on disk; to a bucket, clients post them themselves."""

from pathlib import Path

from bundles.md5s import remember
from sticky_pi_api.core.bundles import has_md5, multipart_md5
from sticky_pi_api.core.errors import InvalidInput
from stickypi.storage import DiskStorage


def bundle_file_put(*, storage: DiskStorage, key: str, md5: str, path: Path) -> None:
    """Stores a file that has arrived, over an older one.

    Args:
        storage: where to.
        key: of the storage.
        md5: of the file, in any of the forms in use.
        path: of the file, in `storage.incoming()`.

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
    remember([(stored, found)])
