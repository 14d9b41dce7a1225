"""Uploads of tuboids from folders, and tuboids with their labels."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..core.chunks import chunker
from ..core.errors import InvalidInput
from ..core.info import check_distinct
from ..core.joins import with_labels
from ..core.tuboids import parse_series_info
from ..core.wire import plain_info
from ..parallel import each
from ..spec import BaseAPISpec
from ..tuboid_files import read_tuboid, tuboid_in
from ..types import InfoType, MetadataType, PathType, TuboidFiles
from .failures import raise_failures, sorted_out

_TUBOIDS_PER_CALL = 2000


def put_tiled_tuboids(
    api: BaseAPISpec, directories: Sequence[PathType], series_info: dict[str, Any], *, n_threads: int
) -> MetadataType:
    """See BaseClient."""
    info = plain_info(series_info)
    n_tuboids = parse_series_info(info).n_tuboids
    tuboids = [tuboid_in(Path(directory), info) for directory in directories]
    if len(tuboids) > n_tuboids:
        raise InvalidInput(f"{len(tuboids)} tuboids are more than the series has ('n_tuboids': {n_tuboids})")
    check_distinct([tuboid["tuboid_id"] for tuboid in tuboids], lambda tuboid_id: f"tuboid {tuboid_id}")
    _each(_check, tuboids, n_threads, "Checking tuboids")
    rows = _each(lambda tuboid: api._put_tiled_tuboids([tuboid]), tuboids, n_threads, "Uploading tuboids")
    return sorted(rows, key=lambda row: row["tuboid_id"])


def _check(tuboid: TuboidFiles) -> MetadataType:
    read_tuboid(tuboid)
    return []


def _each(
    function: Callable[[TuboidFiles], MetadataType], tuboids: Sequence[TuboidFiles], n_threads: int, title: str
) -> MetadataType:
    rows, failures = sorted_out(range(len(tuboids)), each(function, tuboids, n_threads=n_threads, title=title))
    raise_failures(failures, [Path(tuboid["tuboid"]).parent for tuboid in tuboids], rows)
    return rows


def get_tiled_tuboid_series_itc_labels(api: BaseAPISpec, info: InfoType, what: str) -> MetadataType:
    """See BaseClient."""
    tuboids = api.get_tiled_tuboid_series(info, what)
    labels: MetadataType = []
    for chunk in chunker(tuboids, _TUBOIDS_PER_CALL):
        labels += api._get_itc_labels([{"tuboid_id": row["tuboid_id"]} for row in chunk])
    return with_labels(tuboids, labels)
