"""md5s of stored files: a file is read once at most, as long as it does not change."""

from collections.abc import Iterable, Sequence

from django.db import connection

from bundles.models import BundleFile
from sticky_pi_api.core.bundles import PART_SIZE, multipart_md5, part_sizes
from stickypi.storage import StoredFile, files


def md5s(stored: Sequence[StoredFile]) -> dict[str, str]:
    """key -> md5, one query for all. What is not known yet is read, or asked of the bucket, and remembered."""
    known = {file.key: file.etag for file in stored if file.etag and _is_md5(file)}
    asked = [file for file in stored if file.key not in known]
    if asked:
        known |= _remembered(asked)
        found = [(file, _find(file)) for file in asked if file.key not in known]
        remember(found)
        known |= {file.key: md5 for file, md5 in found}
    return known


def remember(found: Iterable[tuple[StoredFile, str]]) -> None:
    """Keeps md5s of files as they are now."""
    rows = [BundleFile(key=file.key, size=file.size, version=file.version, md5=md5) for file, md5 in found]
    with_target = connection.features.supports_update_conflicts_with_target
    BundleFile.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["size", "version", "md5"],
        unique_fields=["key"] if with_target else None,
    )


def _is_md5(file: StoredFile) -> bool:
    """Whether the ETag is the contract's md5: not of a large file that was put in one piece."""
    return bool(file.etag) and (file.size <= PART_SIZE or "-" in str(file.etag))


def _remembered(asked: Sequence[StoredFile]) -> dict[str, str]:
    states = {file.key: (file.size, file.version) for file in asked}
    rows = BundleFile.objects.filter(key__in=states)
    return {row.key: row.md5 for row in rows if states[row.key] == (row.size, row.version)}


def _find(file: StoredFile) -> str:
    if file.etag is None:
        with files().stream(file.key) as content:
            return multipart_md5(content, file.size)
    recorded = files().metadata(file.key).get("md5", "")
    return recorded if part_sizes(recorded, file.size) else file.etag
