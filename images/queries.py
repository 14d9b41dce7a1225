"""Reads of images."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from images.models import Image, ImageScale
from sticky_pi_api.core import layout, records
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import parse_image_name
from sticky_pi_api.core.info import ImageKey, Series
from sticky_pi_api.core.series import device_ranges
from stickypi.db.index_scans import distinct
from stickypi.db.rows import fetch_chunks

Rows = list[dict[str, Any]]
LinkMaker = Callable[[str], str]

KEYS_PER_QUERY = 500
DEVICES_PER_QUERY = 200
_BUT = records.IMAGES.index("but")


def images(*, keys: Sequence[ImageKey], what: str, link: LinkMaker) -> Iterator[Rows]:
    """Rows of these images, those that are there, in chunks; `url` links to the rendition `what`."""
    for chunk in chunker(keys, KEYS_PER_QUERY):
        yield from _rows(Image.objects.for_keys(chunk), what, link)


def image_series(*, series: Iterable[Series], what: str, link: LinkMaker) -> Iterator[Rows]:
    """Rows of the images of any of these series, each once, by device and datetime, in chunks.

    The patterns are matched against the devices there are, so that each query is a range of the index on
    (device, datetime) whatever the pattern: the cost follows the rows returned.
    """
    ranges = device_ranges(series, devices())
    for chunk in chunker(ranges.items(), DEVICES_PER_QUERY):
        yield from _rows(Image.objects.in_ranges(dict(chunk)), what, link)


def image_rows(found: Sequence[Image]) -> Rows:
    """Rows of given images, without links."""
    of_ids = Image.objects.filter(pk__in=[image.pk for image in found]).order_by("device", "datetime")
    return [_record(row) for chunk in fetch_chunks(of_ids, *Image.wire_columns()) for row in chunk]


def devices() -> list[str]:
    """All devices that have images, in order."""
    return distinct(Image, "device")


def scales(devices: Collection[str]) -> dict[str, float | None]:
    """Pixels per millimetre of devices: their own scale, or that of all; None where there is neither."""
    known = dict(ImageScale.objects.filter(device__in=[*devices, ""]).values_list("device", "pixels_per_mm"))
    return {device: known.get(device, known.get("")) for device in devices}


def existing(keys: Sequence[ImageKey]) -> dict[ImageKey, str]:
    """Those of the images that are there, with their md5."""
    found: dict[ImageKey, str] = {}
    for chunk in chunker(keys, KEYS_PER_QUERY):
        found |= {image.key: image.md5 for image in Image.objects.for_keys(chunk).only("device", "datetime", "md5")}
    return found


def owned_files(keys: Collection[str]) -> set[str]:
    """Those of the storage keys that belong to an image that is there."""
    of_key = {key: ImageKey(*parse_image_name(layout.image_name_of(key))) for key in keys}
    there = existing(sorted(set(of_key.values())))
    return {key for key, image in of_key.items() if image in there}


def _rows(found: QuerySet[Image], what: str, link: LinkMaker) -> Iterator[Rows]:
    for chunk in fetch_chunks(found, *Image.wire_columns()):
        rows = [_record(row) for row in chunk]
        for row in rows:
            row["url"] = link(layout.image_key_of(row["device"], row["datetime"], what)) if what != "metadata" else ""
        yield rows


def _record(row: tuple[Any, ...]) -> dict[str, Any]:
    record = dict(zip(records.IMAGES, row, strict=True))
    if row[_BUT] is not None:
        record["but"] = bool(row[_BUT])
    return record
