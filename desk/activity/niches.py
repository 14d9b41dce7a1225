"""A map of taxa on which those that fly at the same hours are near each other, with ellipses of its uncertainty.

As `sticky_pi_api.analysis.temporal_niches`, but of all traps together: captures per image in each hour of the day,
d = 1 - Pearson's r, metric scaling by majorisation (SMACOF), bootstrap samples turned onto the map. All samples are
mapped at the same time, so that a page can wait for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_BOOTSTRAP, _STEPS, _STEPS_OF_SAMPLES = 200, 300, 40
FEWEST = 10  # captures of a taxon that has a place on the map
_CHI2_95 = 5.991  # with two degrees of freedom

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where a taxon is, in units of d, and the ellipse that holds 95 % of its samples: half axes, degrees."""

    x: float
    y: float
    long: float
    short: float
    angle: float


def niche_map(taxa: Mapping[str, Sequence[float]], images: Sequence[float]) -> dict[str, Place]:
    """The place of each taxon.

    Args:
        taxa: captures in each of 24 hours; those with fewer than `FEWEST`, or with the same rate all day, are left out.
        images: in the same hours; empty answer if there is an hour without any.
    """
    counts = {name: np.array(each, float) for name, each in taxa.items() if sum(each) >= FEWEST}
    effort = np.array(images, float)
    if not effort.all():
        return {}
    counts = {name: each for name, each in counts.items() if np.std(each / effort) > 0}
    if len(counts) < 3:
        return {}
    rows = np.array(list(counts.values()))
    points = _principal(_map(_distances(rows / effort), _STEPS))
    samples = _samples(rows, effort, points)
    places = zip(counts, points, _ellipses(samples), strict=True)
    return {name: Place(float(x), float(y), *ellipse) for name, (x, y), ellipse in places}


def _samples(rows: Array, effort: Array, onto: Array) -> Array:
    """Maps of bootstrap samples: (sample, taxon, 2)."""
    rng = np.random.default_rng(0)
    totals = rows.sum(axis=1)
    drawn = rng.multinomial(totals.astype(int), rows / totals[:, None], (N_BOOTSTRAP, len(rows)))
    maps = _map(_distances(drawn / effort), _STEPS_OF_SAMPLES, np.broadcast_to(onto, (N_BOOTSTRAP, *onto.shape)))
    return _turned(maps, onto)


def _distances(profiles: Array) -> Array:
    """1 - r of the last but one axis: (..., taxon, taxon)."""
    centred = profiles - profiles.mean(axis=-1, keepdims=True)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-12)
    distances = 1 - unit @ np.swapaxes(unit, -1, -2)
    return distances * (1 - np.eye(distances.shape[-1]))


def _map(distances: Array, steps: int, start: Array | None = None) -> Array:
    """Points in the plane, (..., taxon, 2), centred: so many Guttman transforms of the classical solution."""
    points = _classical(distances) if start is None else start
    identity = np.eye(distances.shape[-1])
    for _ in range(steps):
        between = np.linalg.norm(points[..., :, None, :] - points[..., None, :, :], axis=-1)
        ratio = -distances / np.maximum(between, 1e-12) * (1 - identity)
        points = (ratio - identity * ratio.sum(axis=-1, keepdims=True)) @ points / distances.shape[-1]
    return points - points.mean(axis=-2, keepdims=True)


def _classical(distances: Array) -> Array:
    squares = distances**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    return vectors[:, :-3:-1] * np.sqrt(values[:-3:-1].clip(1e-12))


def _principal(points: Array) -> Array:
    turned = points @ np.linalg.svd(points)[2].T
    return turned * np.where(turned[0] < 0, -1, 1)


def _turned(maps: Array, onto: Array) -> Array:
    """Turned, mirrored and scaled to be as near to a map as can be (Procrustes)."""
    left, singular, right = np.linalg.svd(np.swapaxes(maps, -1, -2) @ onto)
    scale = singular.sum(axis=-1) / (maps**2).sum(axis=(-1, -2))
    return scale[:, None, None] * (maps @ left @ right)


def _ellipses(samples: Array) -> list[tuple[float, float, float]]:
    found = []
    for points in np.swapaxes(samples, 0, 1):
        variances, directions = np.linalg.eigh(np.cov(points.T))
        short, long = np.sqrt(variances.clip(0) * _CHI2_95)
        found.append((float(long), float(short), float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))))
    return found
