"""Finds insects on a picture of a sticky card by classical means: dark on a card that is bright and changes slowly.

It knows nothing of insects: writing on the card, drops and dirt of an insect's size are found, too, and insects that
touch are one. It is there so that the whole way, from images to tuboids, works without a graphics card, and as a floor
for better ones.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage.filters import apply_hysteresis_threshold

from ..core.formats import format_datetime, parse_image_name
from ..types import Annotation
from .pictures import decode, encode

NAME = "dark-spots"
_SINCE = 1795564800  # unix seconds: when the algorithm was last changed
Contours = list[list[list[list[int]]]]


@dataclass(frozen=True)
class Parameters:
    """Lengths and areas are of a picture 2,592 pixels wide, 14 to the millimetre, and scaled to others.

    Attributes:
        background: width of the window whose median is taken for the card, pixels; wider than an insect.
        contrast: how much darker than the card the darkest part of an insect is, share of the card's brightness.
        edge: the same of all its parts, wings and legs.
        gap: parts of an insect that are at most so far from each other are one, pixels.
        smallest, largest: areas, square pixels.
        thinnest: mean width (area over half the perimeter), pixels: hairs and scratches are thinner.
    """

    background: int = 321
    contrast: float = 0.3
    edge: float = 0.07
    gap: int = 7
    smallest: float = 90.0
    largest: float = 60_000.0
    thinnest: float = 2.2

    @property
    def version(self) -> str:
        """An `algo_version`: other parameters are another version."""
        return f"{_SINCE}-{hashlib.md5(repr(asdict(self)).encode(), usedforsecurity=False).hexdigest()}"


USUAL = Parameters()


def find_contours(picture: bytes, parameters: Parameters = USUAL) -> Contours:
    """The outlines of what is dark on a JPEG file.

    Returns:
        Contours as OpenCV has them, n x 1 x 2 integers, pixels, from the largest area to the smallest.
    """
    decoded = decode(picture)
    scale = max(decoded.shape) / 2592
    darkness = _darkness(decoded, parameters.background * scale)
    mask = apply_hysteresis_threshold(darkness, parameters.edge, parameters.contrast).astype(np.uint8)
    size = 2 * round(parameters.gap * scale / 2) + 1
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    kept = [each for each in contours if _is_insect(each, scale, parameters)]
    return [each.tolist() for each in sorted(kept, key=cv2.contourArea, reverse=True)]


def annotate(path: str | Path, parameters: Parameters = USUAL) -> Annotation:
    """What `put_uid_annotations` takes of an image file, named as the trap named it."""
    path = Path(path)
    device, moment = parse_image_name(path.name)
    contents = path.read_bytes()
    objects = [
        {"contour": contour, "name": "insect", "fill_colour": "#ff0000", "stroke_colour": "#0000ff", "value": 0}
        for contour in find_contours(contents, parameters)
    ]
    metadata = {
        "algo_name": NAME,
        "algo_version": parameters.version,
        "device": device,
        "datetime": format_datetime(moment),
        "md5": hashlib.md5(contents, usedforsecurity=False).hexdigest(),
    }
    return {"annotations": objects, "metadata": metadata}


def _darkness(picture: Any, window: float) -> Any:
    """How much darker than the card around it each pixel is, as a share of the card's brightness; 2-d floats."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    small = cv2.resize(grey, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    card = cv2.medianBlur(small, 2 * round(window / 16) + 1)
    card = cv2.resize(card, grey.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return 1 - grey / np.maximum(card, 1)


def _is_insect(contour: Any, scale: float, parameters: Parameters) -> bool:
    area = cv2.contourArea(contour) / scale**2
    if not parameters.smallest <= area <= parameters.largest:
        return False
    return bool(2 * area / max(cv2.arcLength(contour, True) / scale, 1) >= parameters.thinnest)


def drawn(picture: bytes, contours: Sequence[Any]) -> bytes:
    """The picture with the contours on it, as a JPEG file: for a look."""
    decoded = decode(picture)
    cv2.drawContours(decoded, [np.array(each, np.int32) for each in contours], -1, (255, 0, 255), 2)
    return encode(decoded)
