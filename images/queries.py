"""Reads of images."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import cast

from django.db.models import QuerySet

from images.models import Image, ImageScale
from sticky_pi_api.core import layout, records
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.info import ImageKey, Series
from sticky_pi_api.core.records import ImageRow
from sticky_pi_api.core.series import Range, device_ranges, range_chunks
from stickypi.db.index_scans import distinct
from stickypi.db.keyset import beyond
from stickypi.db.rows import fetch_rows
from stickypi.storage.links import LinkMaker

KEYS_PER_QUERY = 2000
DEVICES_PER_QUERY, RANGES_PER_QUERY = 200, 100


def images(*, keys: Sequence[ImageKey], what: str, link: LinkMaker) -> Iterator[list[ImageRow[str]]]:
    """Rows of the images with these keys, in chunks; keys without an image are skipped.

    Args:
        keys: sorted.
        what: the rendition that `url` links to; with `metadata`, `url` is empty.
        link: makes the links.
    """
    for chunk in chunker(keys, KEYS_PER_QUERY):
        yield from _fetch(Image.objects.for_keys(chunk), what, link)


def image_series(*, series: Iterable[Series], what: str, link: LinkMaker) -> Iterator[list[ImageRow[str]]]:
    """Rows of the images of any of these series, each once, by device and datetime, in chunks.

    The patterns are matched against the devices first, so that each query is a range of the index on (device, datetime)
    whatever the pattern: the cost follows the number of rows returned.
    """
    for chunk in ranges_asked(series):
        yield from _fetch(Image.objects.in_ranges(chunk), what, link)


def ranges_asked(series: Iterable[Series]) -> Iterator[dict[str, list[Range]]]:
    """What the elements ask for, in pieces for a query each, in order of device and datetime."""
    return range_chunks(device_ranges(series, devices()), devices=DEVICES_PER_QUERY, each=RANGES_PER_QUERY)


def image_rows(images: Sequence[Image]) -> list[ImageRow[str]]:
    """Rows of these images, by device and datetime, without links."""
    found = Image.objects.filter(pk__in=[image.pk for image in images]).order_by("device", "datetime")
    return [row for chunk in fetch_rows(found, ImageRow[str]) for row in chunk]


def stored_row(image: Image) -> ImageRow[str]:
    """The row of an image that has just been inserted: reading it again could fail, though it is stored."""
    values = {column: getattr(image, column) for column in records.columns(ImageRow[str])}
    moments = {
        name: format_datetime(value.replace(tzinfo=None))
        for name, value in values.items()
        if isinstance(value, datetime)
    }
    return cast(ImageRow[str], {**values, **moments})


def devices() -> list[str]:
    """All devices that have images, in order."""
    return distinct(Image, "device")


def scales(devices: Collection[str]) -> dict[str, float | None]:
    """Pixels per millimetre of devices: their own scale, or that of all; None where there is neither."""
    known = dict(ImageScale.objects.filter(device__in=[*devices, ""]).values_list("device", "pixels_per_mm"))
    return {device: known.get(device, known.get("")) for device in devices}


def stored_md5s(keys: Sequence[ImageKey], *, keys_per_query: int = KEYS_PER_QUERY) -> dict[ImageKey, str]:
    """The md5 of each image that is stored; keys without an image are left out."""
    found: dict[ImageKey, str] = {}
    for chunk in chunker(keys, keys_per_query):
        found |= {image.key: image.md5 for image in Image.objects.for_keys(chunk).only("device", "datetime", "md5")}
    return found


def md5s_from(device: str) -> Iterator[tuple[ImageKey, str]]:
    """Key and md5 of all images of this device and those after it, by device and datetime, a page in memory."""
    found = Image.objects.filter(device__gte=device).order_by("device", "datetime").only("device", "datetime", "md5")
    page = list(found[:KEYS_PER_QUERY])
    while page:
        yield from ((image.key, image.md5) for image in page)
        page = list(found.filter(beyond(("device", "datetime"), (page[-1].device, page[-1].datetime)))[:KEYS_PER_QUERY])


def _fetch(images: QuerySet[Image], what: str, link: LinkMaker) -> Iterator[list[ImageRow[str]]]:
    for rows in fetch_rows(images, ImageRow[str]):
        for row in rows:
            row["url"] = link(layout.image_key_of(row["device"], row["datetime"], what)) if what != "metadata" else ""
        yield rows
