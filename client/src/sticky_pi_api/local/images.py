"""Images of a folder."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from ..core import info as infos
from ..core import layout, records
from ..core.errors import Conflict, Unavailable
from ..core.formats import image_name, shown
from ..core.image import parse_image
from ..core.info import ImageKey
from ..core.records import ImageRow
from ..core.series import device_ranges
from ..core.uploads import naming_file, upload_keys
from ..reading import read_file, stored_name
from ..types import PathType
from .files import LocalFiles, Staging
from .schema import IMAGES
from .store import Store

Images = list[ImageRow[datetime]]

_OF_THE_FOLDER = ("id", *records.columns(records.Record))


def put_new_images(store: Store, storage: LocalFiles, files: Sequence[PathType], *, n_threads: int) -> Images:
    """Stores images, all or none. Files are published within the transaction that makes their rows."""
    paths = [Path(file) for file in files]
    keys = upload_keys([stored_name(path) for path in paths])
    with storage.staging() as staging:
        with store.reading() as rows:
            _refuse_stored(keys, rows.images(keys))
        with ThreadPoolExecutor(n_threads) as pool:
            new = list(pool.map(lambda indexed: _stage(staging, *indexed), enumerate(paths)))
        with store.writing() as rows:
            _refuse_stored(keys, rows.images(keys))
            rows.insert(IMAGES, new)
            staging.publish()
            return rows.images(keys)


def _stage(staging: Staging, index: int, path: Path) -> dict[str, Any]:
    with naming_file(index, path.name):
        image = parse_image(stored_name(path), read_file(path))
    for what, data in image.files.items():
        key = layout.image_key(image.device, image.datetime, what)
        staging.add(key, data, derived=what != "image")
    return image.to_record()


def _refuse_stored(keys: Sequence[ImageKey], stored: Images) -> None:
    there = {(row["device"], row["datetime"]) for row in stored}
    items = [
        {"index": index, "detail": f"{image_name(*key)} is already there"}
        for index, key in enumerate(keys)
        if key in there
    ]
    infos.refuse(Conflict, items, of=len(keys))


def insert_images(store: Store, new: Iterable[Mapping[str, Any]]) -> None:
    """Writes rows of images whose files have been put in their places; those that are there are passed over."""
    by_key = {ImageKey(row["device"], row["datetime"]): row for row in new}
    with store.writing() as rows:
        there = {ImageKey(row["device"], row["datetime"]) for row in rows.images(by_key)}
        rows.insert(IMAGES, [_columns(row) for key, row in by_key.items() if key not in there])


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say something of the image. Raises Unavailable where one has what no column holds."""
    columns = {name: row.get(name) for name in records.IMAGES if name not in _OF_THE_FOLDER}
    for name, value in columns.items():
        if not isinstance(value, str | int | float | datetime | None):
            raise Unavailable(f"{name!r} of an image is {shown(value)}")
    return columns


def get_images(store: Store, storage: LocalFiles, info: object, what: str) -> Images:
    """Images by key."""
    with store.reading() as rows:
        return with_urls(storage, rows.images(infos.image_keys(info)), what)


def get_image_series(store: Store, storage: LocalFiles, info: object, what: str) -> Images:
    """Images by pattern and range."""
    series = infos.series(info)
    with store.reading() as rows:
        found = rows.images_in(device_ranges(series, rows.devices()))
    return with_urls(storage, found, what)


def with_urls(storage: LocalFiles, found: Images, what: str) -> Images:
    for row in found:
        is_file = what != "metadata"
        row["url"] = storage.url(layout.image_key(row["device"], row["datetime"], what)) if is_file else ""
    return found


def delete_images(store: Store, storage: LocalFiles, info: object) -> Images:
    """Deletes images. Their files go in a transaction after that of the rows, for a row must not outlive its files."""
    with store.writing() as rows:
        deleted = rows.images(infos.image_keys(info))
        rows.delete(IMAGES, [row["id"] for row in deleted])
    with store.writing() as rows:
        keys = [ImageKey(row["device"], row["datetime"]) for row in deleted]
        again = {(row["device"], row["datetime"]) for row in rows.images(keys)}
        gone = [key for key in keys if key not in again]
        storage.remove(path for key in gone for path in layout.image_keys(*key))
    return deleted
