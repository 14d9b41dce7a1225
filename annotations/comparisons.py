"""Detectors against people, on the images that people have corrected.

These are few: what is asked of them follows their number, not that of all annotations. A comparison takes some
milliseconds, and is kept (`Comparison`).
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet

from annotations.models import Comparison, UIDAnnotation
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.detections import contours, match_contours
from sticky_pi_api.core.errors import TooLarge
from sticky_pi_api.core.people import PERSON_PREFIX
from sticky_pi_api.core.quality import Insects
from stickypi.db import lists

SECONDS = 2.0  # that a request may compare
_MOST_WORK = 1e8
_CHUNK = 10  # images whose JSON is in memory
_AFTER_PREFIX = PERSON_PREFIX[:-1] + chr(ord(PERSON_PREFIX[-1]) + 1)  # the next text that does not begin with it


class Detector(NamedTuple):
    """A version of an algorithm."""

    algo_name: str
    algo_version: str


@dataclass(frozen=True)
class ComparedImage:
    """The insects of an image by what people and a detector say."""

    image_id: int
    insects: Insects


@dataclass(frozen=True)
class Compared:
    """The images that people have corrected and a detector has analysed.

    Attributes:
        n_pending: those still to be compared.
        n_too_large: those with more contours than can be compared.
    """

    images: list[ComparedImage]
    n_pending: int
    n_too_large: int


def detectors() -> dict[Detector, int]:
    """Those that have analysed images that people have corrected, newest version first, with the number of images."""
    found = (
        UIDAnnotation.objects.filter(parent_image__in=_by_people().values("parent_image"))
        .exclude(_is_person())
        .values_list("algo_name", "algo_version")
        .annotate(Count("id"))
        .order_by("-algo_version", "algo_name")
    )
    return {Detector(name, version): n_images for name, version, n_images in found}


def compare(detector: Detector, *, seconds: float = SECONDS) -> Compared:
    """The detector against the latest correction of each image; what is not compared yet, within these seconds."""
    truths = _latest_corrections()
    found = _annotations(detector, truths)
    kept = _kept(found, truths)
    missing = {image: pk for image, pk in found.items() if image not in kept}
    kept |= _compare_missing(missing, truths, time.monotonic() + seconds)
    images = [ComparedImage(image, _read(text)) for image, text in sorted(kept.items()) if text]
    return Compared(images, len(found) - len(kept), len(kept) - len(images))


def _by_people() -> QuerySet[UIDAnnotation]:
    return UIDAnnotation.objects.filter(_is_person())


def _is_person() -> Q:
    """As a range of the index: LIKE uses none on SQLite."""
    return Q(algo_name__gte=PERSON_PREFIX, algo_name__lt=_AFTER_PREFIX)


def _latest_corrections() -> dict[int, int]:
    """Image -> annotation: the latest by any person."""
    return dict(_by_people().order_by("algo_version", "id").values_list("parent_image_id", "id"))


def _annotations(detector: Detector, images: Collection[int]) -> dict[int, int]:
    """Image -> annotation: the detector's."""
    asked = lists.values(UIDAnnotation._meta.get_field("parent_image"), images)
    found = UIDAnnotation.objects.filter(parent_image__in=asked, **detector._asdict())
    return dict(found.values_list("parent_image_id", "id"))


def _kept(found: Mapping[int, int], truths: Mapping[int, int]) -> dict[int, str]:
    """Image -> the insects of its comparison."""
    asked = lists.values(Comparison._meta.get_field("found"), found.values())
    rows = Comparison.objects.filter(found__in=asked).values_list("found_id", "truth_id", "insects")
    insects = {(found_id, truth_id): text for found_id, truth_id, text in rows}
    pairs = {image: (pk, truths[image]) for image, pk in found.items()}
    return {image: insects[pair] for image, pair in pairs.items() if pair in insects}


def _compare_missing(missing: Mapping[int, int], truths: Mapping[int, int], deadline: float) -> dict[int, str]:
    made: dict[int, Comparison] = {}
    for chunk in chunker(missing.items(), _CHUNK):
        if time.monotonic() > deadline:
            break
        asked = [pk for image, found in chunk for pk in (found, truths[image])]
        texts = dict(UIDAnnotation.objects.filter(pk__in=asked).values_list("pk", "json"))
        for image, found in chunk:
            truth = truths[image]
            if {found, truth} <= texts.keys():  # else one was deleted in the meantime
                made[image] = Comparison(found_id=found, truth_id=truth, insects=_match(texts[truth], texts[found]))
    try:
        Comparison.objects.bulk_create(made.values(), ignore_conflicts=True)
    except IntegrityError:
        return {}  # an annotation was deleted in the meantime: the next request compares what is left
    return {image: comparison.insects for image, comparison in made.items()}


def _match(truth: str, found: str) -> str:
    try:
        real, detected = (contours(orjson.loads(text)) for text in (truth, found))
        matches = list(match_contours(real, detected, most_work=_MOST_WORK))
    except TooLarge:
        return ""
    return orjson.dumps([(each.in_truth, each.in_found, each.area) for each in matches]).decode()


def _read(text: str) -> Insects:
    rows = orjson.loads(text)
    columns: list[Any] = list(zip(*rows, strict=True)) or [(), (), ()]
    return Insects(np.array(columns[0], bool), np.array(columns[1], bool), np.array(columns[2], float))
