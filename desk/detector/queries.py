"""How good a detector is on the images that people have corrected: all together, by size, image by image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotations.comparisons import Compared, ComparedImage
from images.models import Image
from sticky_pi_api.core.quality import Insects, Quality, SizeClass, quality_by_size, size_of

N_CLASSES = 4
SMALLEST = 0.25  # the quarter that the published figures leave out


@dataclass(frozen=True)
class ImageQuality:
    """How good the detector is on an image."""

    image_id: int
    quality: Quality

    @property
    def n_missed(self) -> int:
        """Insects that it did not find."""
        return self.quality.n_true - self.quality.n_right

    @property
    def n_false(self) -> int:
        """What it found that is none."""
        return self.quality.n_found - self.quality.n_right


def summarize(compared: Compared) -> dict[str, Any]:
    """`quality`, `larger` (without the smallest quarter) and `classes` by size; the latter empty without an insect."""
    insects = _together(compared.images)
    classes: list[SizeClass] = []
    larger: Quality | None = None
    if insects.in_truth.any():
        classes = quality_by_size(insects, N_CLASSES)
        (without_smallest,) = quality_by_size(insects, without_smallest=SMALLEST)
        larger = without_smallest.quality
    return {"quality": insects.quality(), "larger": larger, "classes": classes}


def worst_images(compared: Compared, size: int | None) -> list[ImageQuality]:
    """The images with the most mistakes first.

    Args:
        size: the class, from 0, of the insects that count; images without any of it are left out. None: all.
    """
    insects = _together(compared.images)
    chosen = np.ones(len(insects.area), bool) if size is None else size_of(insects, N_CLASSES)[1] == size
    ends = np.cumsum([len(each.insects.area) for each in compared.images])
    parts = np.split(chosen, ends[:-1]) if len(ends) else []
    found = [
        ImageQuality(each.image_id, each.insects.quality(part))
        for each, part in zip(compared.images, parts, strict=True)
    ]
    shown = [each for each in found if size is None or each.quality.n_true or each.quality.n_found]
    return sorted(shown, key=lambda each: (-each.n_missed - each.n_false, each.image_id))


def images_of(found: Iterable[ImageQuality]) -> list[tuple[Image, ImageQuality]]:
    """With their images, but for those that are deleted. One query."""
    by_image = {each.image_id: each for each in found}
    images = Image.objects.only("device", "datetime").in_bulk(by_image)
    return [(images[image], each) for image, each in by_image.items() if image in images]


def _together(images: Sequence[ComparedImage]) -> Insects:
    def column(name: str, kind: type) -> np.ndarray:
        return np.concatenate([np.empty(0, kind), *(getattr(each.insects, name) for each in images)])

    return Insects(column("in_truth", bool), column("in_found", bool), column("area", float))
