"""Reads of annotations."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import QuerySet, Value

from annotations.models import UIDAnnotation
from images.models import Image, has_key, is_in_ranges
from images.queries import KEYS_PER_QUERY, ranges_asked
from sticky_pi_api.core.annotations import Parent
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.info import ImageKey, Series
from sticky_pi_api.core.records import AnnotationRow
from stickypi.db.rows import CHUNK, fetch_rows

_DATA_CHUNK = 20  # the JSON of an annotation may have a megabyte, and small chunks stay in the processor's cache


def annotations(*, keys: Sequence[ImageKey], data: bool) -> Iterator[list[AnnotationRow[str]]]:
    """Rows of the annotations of these images, in chunks; `json` is empty unless `data` is asked for."""
    for chunk in chunker(keys, KEYS_PER_QUERY):
        yield from _fetch(UIDAnnotation.objects.filter(has_key(chunk, "parent_image__")), data)


def annotation_series(*, series: Iterable[Series], data: bool) -> Iterator[list[AnnotationRow[str]]]:
    """Rows of the annotations of the images of any of these series, each once."""
    for chunk in ranges_asked(series):
        yield from _fetch(UIDAnnotation.objects.filter(is_in_ranges(chunk, "parent_image__")), data)


def annotation_rows(annotations: Sequence[UIDAnnotation]) -> Iterator[list[AnnotationRow[str]]]:
    """Rows of these annotations in chunks, without their JSON."""
    for chunk in chunker(sorted(annotation.pk for annotation in annotations), KEYS_PER_QUERY):
        yield from _fetch(UIDAnnotation.objects.filter(pk__in=chunk), data=False)


def parents(keys: Sequence[ImageKey]) -> dict[ImageKey, Parent]:
    """The stored images among these keys, with what their annotations need of them."""
    return {
        image.key: Parent(image.pk, image.md5)
        for chunk in chunker(keys, KEYS_PER_QUERY)
        for image in Image.objects.for_keys(chunk).only("device", "datetime", "md5")
    }


def stored_identities(image_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    """(id of the image, algo_name, algo_version) of every annotation of these images."""
    return {
        identity
        for chunk in chunker(image_ids, KEYS_PER_QUERY)
        for identity in UIDAnnotation.objects.filter(parent_image__in=chunk).values_list(
            "parent_image_id", "algo_name", "algo_version"
        )
    }


def _fetch(annotations: QuerySet[UIDAnnotation], data: bool) -> Iterator[list[AnnotationRow[str]]]:
    ordered = annotations.order_by("parent_image__device", "parent_image__datetime", "id")
    selected = {} if data else {"json": Value("")}
    return fetch_rows(ordered, AnnotationRow[str], selected=selected, size=_DATA_CHUNK if data else CHUNK)
