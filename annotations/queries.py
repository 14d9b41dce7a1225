"""Reads of annotations."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet, Value

from annotations.models import UIDAnnotation
from images.models import Image, has_key, is_in_ranges
from images.queries import DEVICES_PER_QUERY, KEYS_PER_QUERY, devices
from sticky_pi_api.core import records
from sticky_pi_api.core.annotations import Parent
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.info import ImageKey, Series
from sticky_pi_api.core.series import device_ranges
from stickypi.db.rows import CHUNK, fetch_chunks, wire_column

Rows = list[dict[str, Any]]

_DATA_CHUNK = 20  # an annotation's JSON may have a megabyte, and what is copied in small pieces stays in the cache


def annotations(*, keys: Sequence[ImageKey], data: bool) -> Iterator[Rows]:
    """Rows of the annotations of these images, in chunks; `json` is empty unless `data` is asked for."""
    for chunk in chunker(keys, KEYS_PER_QUERY):
        yield from _rows(UIDAnnotation.objects.filter(has_key(chunk, "parent_image__")), data)


def annotation_series(*, series: Iterable[Series], data: bool) -> Iterator[Rows]:
    """Rows of the annotations of the images of any of these series, each once."""
    ranges = device_ranges(series, devices())
    for chunk in chunker(ranges.items(), DEVICES_PER_QUERY):
        yield from _rows(UIDAnnotation.objects.filter(is_in_ranges(dict(chunk), "parent_image__")), data)


def annotation_rows(made: Sequence[UIDAnnotation]) -> Iterator[Rows]:
    """Rows of given annotations, without their JSON."""
    for chunk in chunker(sorted(annotation.pk for annotation in made), KEYS_PER_QUERY):
        yield from _rows(UIDAnnotation.objects.filter(pk__in=chunk), data=False)


def parents(keys: Sequence[ImageKey]) -> dict[ImageKey, Parent]:
    """Those of the images that are there."""
    return {
        image.key: Parent(image.pk, image.md5)
        for chunk in chunker(keys, KEYS_PER_QUERY)
        for image in Image.objects.for_keys(chunk).only("device", "datetime", "md5")
    }


def stored(image_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    """(id of the image, algo_name, algo_version) of all annotations of these images."""
    return {
        identity
        for chunk in chunker(image_ids, KEYS_PER_QUERY)
        for identity in UIDAnnotation.objects.filter(parent_image__in=chunk).values_list(
            "parent_image_id", "algo_name", "algo_version"
        )
    }


def _rows(found: QuerySet[UIDAnnotation], data: bool) -> Iterator[Rows]:
    ordered = found.order_by("parent_image__device", "parent_image__datetime", "id")
    columns = [
        Value("") if column == "json" and not data else wire_column(UIDAnnotation, column)
        for column in records.UID_ANNOTATIONS
    ]
    for chunk in fetch_chunks(ordered, *columns, size=_DATA_CHUNK if data else CHUNK):
        yield [dict(zip(records.UID_ANNOTATIONS, row, strict=True)) for row in chunk]
