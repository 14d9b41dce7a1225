"""Detections against detections: contours paired by overlap. Takes scipy, which the server and the analysis have."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy.optimize import linear_sum_assignment

from .errors import TooLarge

Contour = np.ndarray
"""Corners of an outline in pixels of the image, (n, 2): x, y."""

MIN_OVERLAP = 0.5
_WORK_PER_PAIR = 20_000  # pixels that take as long as what a pair takes beside its pixels


class Match(NamedTuple):
    """An insect of an image: whether the truth has it, whether it was found, overlap of the two (else NaN), area."""

    in_truth: bool
    in_found: bool
    overlap: float
    area: float


def contours(annotation: Any) -> list[Contour]:
    """The outlines of an annotation: its `json`, as text or parsed."""
    parsed = json.loads(annotation) if isinstance(annotation, str | bytes) else annotation
    return [np.asarray(found["contour"], dtype=float).reshape(-1, 2) for found in parsed["annotations"]]


def match_contours(
    truth: Sequence[Contour],
    found: Sequence[Contour],
    min_overlap: float = MIN_OVERLAP,
    most_work: float = float("inf"),
) -> Iterator[Match]:
    """Pairs contours of an image one to one, so that the sum of overlaps is greatest; those of the truth come first.

    Args:
        min_overlap: pairs that overlap less do not count.
        most_work: pixels that may be compared.

    Raises:
        TooLarge: it takes more.
    """
    if len(truth) * len(found) > most_work / 10:
        raise TooLarge(f"{len(truth)} x {len(found)} contours are too many to compare")
    overlaps = np.zeros((len(truth), len(found)))
    for i, j in _near(truth, found, most_work):
        overlaps[i, j] = overlap(truth[i], found[j])
    chosen = zip(*linear_sum_assignment(np.where(overlaps >= min_overlap, overlaps, 0), maximize=True), strict=True)
    pairs = {int(i): int(j) for i, j in chosen if overlaps[i, j] >= min_overlap}
    for i, real in enumerate(truth):
        yield Match(True, i in pairs, float(overlaps[i, pairs[i]]) if i in pairs else float("nan"), area(real))
    for j in sorted(set(range(len(found))) - set(pairs.values())):
        yield Match(False, True, float("nan"), area(found[j]))


def _near(truth: Sequence[Contour], found: Sequence[Contour], most_work: float) -> list[tuple[int, int]]:
    """Those whose boxes overlap."""
    if not truth or not found:
        return []
    low, high = (np.array([ends(each, axis=0) for each in truth])[:, None] for ends in (np.min, np.max))
    left, right = (np.array([ends(each, axis=0) for each in found])[None] for ends in (np.min, np.max))
    near = ((low <= right) & (left <= high)).all(axis=2)
    pixels = (np.maximum(high, right) - np.minimum(low, left) + 2).prod(axis=2)
    if (work := float((pixels + _WORK_PER_PAIR)[near].sum())) > most_work:
        raise TooLarge(f"to compare these contours takes {work / 1e6:.0f} megapixels, of {most_work / 1e6:.0f} at most")
    return [(int(i), int(j)) for i, j in np.argwhere(near)]


def area(contour: Contour) -> float:
    """Area within a contour, px^2, by the shoelace formula."""
    x, y = contour.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def overlap(one: Contour, other: Contour) -> float:
    """Intersection over union, from 0 to 1, in whole pixels; contours that cross themselves have the area inside."""
    low, high = np.minimum(one.min(0), other.min(0)), np.maximum(one.max(0), other.max(0))
    if (one.min(0) > other.max(0)).any() or (other.min(0) > one.max(0)).any():
        return 0.0
    size = (int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2)
    first, second = (_mask(contour - low, size) for contour in (one, other))
    return float((first & second).sum() / (first | second).sum())


def _mask(contour: Contour, size: tuple[int, int]) -> np.ndarray:
    mask = Image.new("1", size)
    draw = ImageDraw.Draw(mask)
    corners = [(float(x), float(y)) for x, y in contour]
    draw.polygon(corners, fill=1) if len(corners) > 2 else draw.line(corners * 2, fill=1)
    return np.asarray(mask)
