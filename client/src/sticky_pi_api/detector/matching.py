"""Follows insects through the images of a trap: contours of consecutive images that overlap are one insect."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..core.detections import Contour

MATCHER, MATCHER_VERSION = "overlapping-boxes", "1795564800-" + "0" * 31 + "1"


@dataclass
class Track:
    """An insect: its contour (n, 2), pixels, on each image on which it was seen, in order of time."""

    shots: list[tuple[datetime, Contour]] = field(default_factory=list)


def follow(
    images: Iterable[tuple[datetime, Sequence[Contour]]],
    *,
    min_overlap: float = 0.25,
    most_missing: int = 3,
    min_shots: int = 3,
) -> list[Track]:
    """Pairs the contours of each image with the insects so far, so that the sum of overlaps is greatest.

    Args:
        images: moment and contours of each image of a trap, in order of time.
        min_overlap: of the boxes around two contours, intersection over union, from 0 to 1.
        most_missing: on how many images in a row an insect may be overlooked.
        min_shots: seen on fewer images, it is taken for an error.

    Returns:
        Insects in the order in which they came.
    """
    open_tracks: list[tuple[int, Track]] = []  # with the number of the image on which each was seen last
    done: list[Track] = []
    for number, (moment, contours) in enumerate(images):
        done += [track for last, track in open_tracks if number - last > most_missing + 1]
        open_tracks = [(last, track) for last, track in open_tracks if number - last <= most_missing + 1]
        pairs = _pairs([track.shots[-1][1] for _, track in open_tracks], contours, min_overlap)
        for index, contour in enumerate(contours):
            if index not in pairs:
                open_tracks.append((number, Track([(moment, contour)])))
                continue
            _, track = open_tracks[pairs[index]]
            track.shots.append((moment, contour))
            open_tracks[pairs[index]] = (number, track)
    done += [track for _, track in open_tracks]
    return sorted((track for track in done if len(track.shots) >= min_shots), key=lambda track: track.shots[0][0])


def _pairs(known: Sequence[Contour], found: Sequence[Contour], min_overlap: float) -> dict[int, int]:
    """The insect of each contour that has one."""
    if not known or not found:
        return {}
    overlaps = _overlaps(_boxes(known), _boxes(found))
    chosen = linear_sum_assignment(np.where(overlaps >= min_overlap, overlaps, 0), maximize=True)
    return {int(j): int(i) for i, j in zip(*chosen, strict=True) if overlaps[i, j] >= min_overlap}


def _boxes(contours: Sequence[Contour]) -> np.ndarray:
    """(n, 2, 2): lowest and highest corner."""
    return np.array([(contour.min(axis=0), contour.max(axis=0) + 1) for contour in contours], dtype=float)


def _overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union of all pairs of boxes, (n, m)."""
    low = np.maximum(one[:, None, 0], other[None, :, 0])
    high = np.minimum(one[:, None, 1], other[None, :, 1])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 1] - boxes[:, 0]).prod(axis=1) for boxes in (one, other)]
    return np.asarray(common / (areas[0][:, None] + areas[1][None] - common))
