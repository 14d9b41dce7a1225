"""What an insect detector says about a picture: a contour an insect, with the mistakes of its version."""

import math
import zlib
from typing import Any

import numpy as np

from sticky_pi_api.core.formats import format_datetime

from .catch import FULL_WIDTH, Insect
from .fleet import Shot
from .silhouette import outline


def annotation(shot: Shot, algo_name: str, algo_version: str, md5: str, quality: float = 0.95) -> dict[str, Any]:
    """The object that `put_uid_annotations` takes for one picture.

    Args:
        shot: the picture.
        algo_name, algo_version: the detector; another version makes other mistakes.
        md5: of the image file.
        quality: 0-1, the chance that an insect of ordinary size is found; 1 makes no false detection.
    """
    rng = np.random.default_rng([zlib.crc32(f"{algo_name} {algo_version} {shot.name}".encode())])
    found = [insect for insect in shot.insects if _finds(insect, shot, algo_version, quality, rng)]
    contours = [outline(insect) + rng.normal(0, 0.03 * insect.length, (1, 2)) for insect in found]
    contours += [_false_contour(shot, rng) for _ in range(rng.poisson(6 * (1 - quality)))]
    return {
        "annotations": [_object(_within(contour, shot.size)) for contour in contours],
        "metadata": {
            "algo_name": algo_name,
            "algo_version": algo_version,
            "device": shot.device.id,
            "datetime": format_datetime(shot.datetime),
            "md5": md5,
        },
    }


def _finds(insect: Insect, shot: Shot, algo_version: str, quality: float, rng: np.random.Generator) -> bool:
    """A version is blind to some insects for good, and overlooks a few at random; small ones more often."""
    blind = zlib.crc32(f"{algo_version} {insect.seed}".encode()) / 2**32
    small = min(1.0, insect.length / shot.size[0] * FULL_WIDTH / 30)
    return bool(blind < quality and rng.random() < 1 - (1 - quality) / small**2)


def _false_contour(shot: Shot, rng: np.random.Generator) -> np.ndarray:
    """Dust, or a drop: (12, 2) pixels."""
    angles = np.arange(12) * math.pi / 6
    radii = rng.uniform(5, 22) * shot.size[0] / FULL_WIDTH * rng.uniform(0.8, 1.2, 12)
    return np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None] + rng.uniform([0, 0], shot.size)


def _within(contour: np.ndarray, size: tuple[int, int]) -> list[list[list[int]]]:
    """OpenCV's nesting, n x 1 x 2 integers, cut at the edges of the picture."""
    points = np.clip(np.rint(contour), 0, np.array(size) - 1).astype(int)
    return points[:, None, :].tolist()


def _object(contour: list[list[list[int]]]) -> dict[str, Any]:
    return {"contour": contour, "name": "insect", "fill_colour": "#ff0000", "stroke_colour": "#0000ff", "value": 0}
