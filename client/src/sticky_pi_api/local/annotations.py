"""Annotations of images in a folder."""

from datetime import datetime

from ..core import info as infos
from ..core.annotations import Parent, match_parents, new_annotations, refuse_stored
from ..core.info import ImageKey
from ..core.records import AnnotationRow
from ..core.series import device_ranges
from ..core.work import IMAGES
from . import leases
from .schema import UID_ANNOTATIONS
from .store import Rows, Store

Annotations = list[AnnotationRow[datetime]]


def put_uid_annotations(store: Store, info: object) -> Annotations:
    """Stores annotations, all or none."""
    new = new_annotations(info)
    keys = sorted({annotation.image for annotation in new})
    with store.writing() as rows:
        parents = match_parents(new, _parents(rows, keys))
        stored = {_identity(row) for row in rows.annotations(keys, data=False)}
        refuse_stored(new, parents, stored)
        records = [
            {
                "parent_image_id": parent,
                "algo_name": annotation.algo_name,
                "algo_version": annotation.algo_version,
                "n_objects": annotation.n_objects,
                "json": annotation.json,
            }
            for annotation, parent in zip(new, parents, strict=True)
        ]
        rows.insert(UID_ANNOTATIONS, records)
        leases.finish(rows, IMAGES, new, parents)
        return [row for row in rows.annotations(keys, data=False) if _identity(row) not in stored]


def _parents(rows: Rows, keys: list[ImageKey]) -> dict[ImageKey, Parent]:
    return {ImageKey(row["device"], row["datetime"]): Parent(row["id"], row["md5"]) for row in rows.images(keys)}


def _identity(row: AnnotationRow[datetime]) -> tuple[int, str, str]:
    return row["parent_image_id"], row["algo_name"], row["algo_version"]


def get_uid_annotations(store: Store, info: object, what: str) -> Annotations:
    """Annotations of images by key."""
    keys = infos.image_keys(info)
    with store.reading() as rows:
        return rows.annotations(keys, data=what != "metadata")


def get_uid_annotations_series(store: Store, info: object, what: str) -> Annotations:
    """Annotations of images by pattern and range."""
    series = infos.series(info)
    with store.reading() as rows:
        return rows.annotations_in(device_ranges(series, rows.devices()), data=what != "metadata")
