"""md5s of stored files: a file is read at most once as long as it does not change."""

from collections.abc import Iterable, Sequence

from django.db import connection

from bundles.models import CachedMD5
from sticky_pi_api.core.bundles import is_bundle_md5, multipart_md5, part_sizes
from stickypi.storage import StoredFile, files


def md5s(stored: Sequence[StoredFile]) -> dict[str, str]:
    """key -> md5. One query looks up the cache; the rest is read, or asked of the bucket, and cached."""
    known = {file.key: file.etag for file in stored if file.etag and is_bundle_md5(file.etag, file.size)}
    others = [file for file in stored if file.key not in known]
    if others:
        known |= _read_cache(others)
        computed = [(file, _compute(file)) for file in others if file.key not in known]
        cache_md5s(computed)
        known |= {file.key: md5 for file, md5 in computed}
    return known


def known_md5s(stored: Sequence[StoredFile]) -> dict[str, str]:
    """key -> md5 of those whose md5 was noted when they came, or was asked for: no file is read."""
    of_listing = {file.key: file.etag for file in stored if file.etag and is_bundle_md5(file.etag, file.size)}
    return {**_read_cache(stored), **of_listing}


def cache_md5s(computed: Iterable[tuple[StoredFile, str]]) -> None:
    rows = [CachedMD5(key=file.key, size=file.size, version=file.version, md5=md5) for file, md5 in computed]
    with_target = connection.features.supports_update_conflicts_with_target
    CachedMD5.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["size", "version", "md5"],
        unique_fields=["key"] if with_target else None,
    )


def _read_cache(stored: Sequence[StoredFile]) -> dict[str, str]:
    versions = {file.key: (file.size, file.version) for file in stored}
    rows = CachedMD5.objects.filter(key__in=versions)
    return {row.key: row.md5 for row in rows if versions[row.key] == (row.size, row.version)}


def _compute(file: StoredFile) -> str:
    if file.etag is None:
        with files().stream(file.key) as content:
            return multipart_md5(content, file.size)
    recorded = files().metadata(file.key).get("md5", "")
    return recorded if part_sizes(recorded, file.size) else file.etag
