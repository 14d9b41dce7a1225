"""Work of a folder: images and tuboids that workers have yet to do."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from ..core.info import Series
from ..core.layout import TUBOID_FILES, tuboid_key
from ..core.limits import TO_ANNOTATE
from ..core.records import ImageRow
from ..core.series import Range, device_ranges
from ..core.work import HELD_FOR, IMAGES, Asked, Held, annotation_work, narrowed
from ..work.source import Lease, WorkSource
from . import leases, projects
from .files import LocalFiles
from .images import with_urls
from .schema import IMAGES as IMAGE_ROWS
from .schema import TILED_TUBOIDS, TUBOID_SERIES
from .store import Rows, Store, flat

_TO_ANNOTATE = """SELECT images.id FROM json_each(:ranges) asked CROSS JOIN images
    ON images.device = json_extract(asked.value, '$[0]')
    AND images.datetime >= json_extract(asked.value, '$[1]') AND images.datetime < json_extract(asked.value, '$[2]')
    WHERE NOT EXISTS (SELECT 1 FROM uid_annotations
        WHERE parent_image_id = images.id AND algo_name = :name AND algo_version >= :version)
    AND NOT EXISTS (SELECT 1 FROM image_leases lease WHERE item_id = images.id AND algo_name = :name
        AND (state = 'aside' AND algo_version = :version OR state = 'held' AND ends > :now AND NOT EXISTS
            (SELECT 1 FROM uid_annotations found WHERE found.parent_image_id = images.id
             AND found.algo_name = :name AND found.algo_version >= lease.algo_version)))
    ORDER BY images.device, images.datetime LIMIT :most"""


def get_images_to_annotate(store: Store, storage: LocalFiles, info: object, what: str) -> list[ImageRow[datetime]]:
    """Holds the first images that are not annotated, and that nobody else has."""
    work = annotation_work(info)
    if work is None:
        return []
    with store.writing() as rows:
        ranges = device_ranges(work.series, rows.devices())
        asked = {"name": work.algo_name, "version": work.algo_version, "now": leases.now(), "most": TO_ANNOTATE}
        ids = [pk for (pk,) in rows.ask(_TO_ANNOTATE, {**asked, "ranges": [list(each) for each in flat(ranges)]})]
        token, ends = f"{IMAGES}-{secrets.token_hex(16)}", leases.now() + HELD_FOR
        algorithm = (work.algo_name, work.algo_version)
        leases.give(rows, IMAGES, ids, algorithm, token=token, ends=ends, holder="")
        found = sorted(rows.where(IMAGE_ROWS, "id", ids), key=lambda row: (row["device"], row["datetime"]))
    return with_urls(storage, found, what)


class LocalWork(WorkSource):
    """Leases of a folder: its SQLite is one writer at a time, so nobody waits for a server."""

    def __init__(self, store: Store, storage: LocalFiles) -> None:
        self._store, self._storage = store, storage

    def take(self, kind: str, asked: Asked) -> Lease:
        algorithm, length = (asked.algo_name, asked.algo_version), timedelta(seconds=asked.seconds)
        chosen = self._series(asked)
        with self._store.writing() as rows:
            ranges = _ranges(rows, kind, chosen)
            token, _, ids, n_held = leases.take(
                rows, kind, ranges, algorithm, most=asked.n, length=length, holder=asked.worker
            )
            items = self._items(rows, kind, ids)
        return Lease(token, items, n_held)

    def extend(self, held: Held) -> list[int]:
        with self._store.writing() as rows:
            return leases.extend(rows, held)

    def give_back(self, held: Held) -> None:
        with self._store.writing() as rows:
            leases.give_back(rows, held)

    def fail(self, held: Held) -> None:
        with self._store.writing() as rows:
            leases.fail(rows, held)

    def _series(self, asked: Asked) -> list[Series]:
        if asked.project is None:
            return [asked.series]
        stays = projects.get_project_series(self._store, [{"project_id": asked.project}])
        return narrowed(asked, ((row["device"], row["start_datetime"], row["end_datetime"]) for row in stays))

    def _items(self, rows: Rows, kind: str, ids: list[int]) -> list[dict[str, Any]]:
        if kind == IMAGES:
            return [dict(row) for row in with_urls(self._storage, rows.where(IMAGE_ROWS, "id", ids), "image")]
        found = rows.where(TILED_TUBOIDS, "id", ids)
        series = {row["id"]: row for row in rows.where(TUBOID_SERIES, "id", {row["parent_series_id"] for row in found})}
        return [
            {
                **row,
                "device": series[row["parent_series_id"]]["device"],
                **{name: self._storage.url(tuboid_key(row["tuboid_id"], name)) for name in TUBOID_FILES},
            }
            for row in found
        ]


def _ranges(rows: Rows, kind: str, series: list[Series]) -> dict[str, list[Range]]:
    devices = rows.devices() if kind == IMAGES else sorted({row["device"] for row in rows.all(TUBOID_SERIES)})
    return device_ranges(series, devices)
