"""Uploads of tuboids from folders, and tuboids with their labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.chunks import chunker
from ..core.errors import InvalidInput
from ..core.info import check_distinct
from ..core.joins import with_labels
from ..core.tuboids import parse_series_info
from ..core.wire import plain_info
from ..parallel import each
from ..reading import paths_of, read_tuboid, tuboid_in
from ..spec import BaseAPISpec
from ..types import ClientInfo, InfoType, MetadataType, PathType, TuboidFiles
from .failures import sorted_out, tell_failures

_TUBOIDS_PER_CALL = 2000


def put_tiled_tuboids(
    api: BaseAPISpec,
    directories: Sequence[PathType],
    series_info: dict[str, Any],
    *,
    n_threads: int,
    skip_on_error: bool,
    client_info: ClientInfo | None,
) -> MetadataType:
    """See BaseClient."""
    info = plain_info(series_info)
    n_tuboids = parse_series_info(info).n_tuboids
    tuboids = [tuboid_in(directory, info) for directory in paths_of(directories)]
    if len(tuboids) > n_tuboids:
        raise InvalidInput(f"{len(tuboids)} tuboids are more than the series has ('n_tuboids': {n_tuboids})")
    check_distinct([tuboid["tuboid_id"] for tuboid in tuboids], lambda tuboid_id: f"tuboid {tuboid_id}")
    paths = [Path(tuboid["tuboid"]).parent for tuboid in tuboids]
    _, bad = sorted_out(range(len(tuboids)), each(_check, tuboids, n_threads=n_threads, title="Checking tuboids"))
    tell_failures(bad, paths, [], skip_on_error=skip_on_error)
    sound = [index for index in range(len(tuboids)) if index not in bad]
    results = each(
        lambda index: api._put_tiled_tuboids([tuboids[index]], client_info=client_info),
        sound,
        n_threads=n_threads,
        title="Uploading tuboids",
    )
    rows, failed = sorted_out(sound, results)
    tell_failures(failed, paths, rows, skip_on_error=skip_on_error)
    return sorted(rows, key=lambda row: row["tuboid_id"])


def _check(tuboid: TuboidFiles) -> MetadataType:
    read_tuboid(tuboid)
    return []


def get_tiled_tuboid_series_itc_labels(
    api: BaseAPISpec, info: InfoType, what: str, *, client_info: ClientInfo | None
) -> MetadataType:
    """See BaseClient."""
    tuboids = api.get_tiled_tuboid_series(info, what, client_info=client_info)
    labels: MetadataType = []
    for chunk in chunker(tuboids, _TUBOIDS_PER_CALL):
        labels += api._get_itc_labels([{"tuboid_id": row["tuboid_id"]} for row in chunk], client_info=client_info)
    return with_labels(tuboids, labels)
