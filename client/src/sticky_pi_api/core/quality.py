"""How good detectors and classifiers are: the formulas that the analysis and the desk share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of what is true, what was found (or predicted), and what is both; their ratios, None where undefined."""

    n_true: int
    n_found: int
    n_right: int

    @property
    def precision(self) -> float | None:
        """Right / found."""
        return self.n_right / self.n_found if self.n_found else None

    @property
    def recall(self) -> float | None:
        """Right / true."""
        return self.n_right / self.n_true if self.n_true else None

    @property
    def f1(self) -> float | None:
        """Their harmonic mean: 2 * right / (found + true)."""
        both = self.n_found + self.n_true
        return 2 * self.n_right / both if both else None


def cohens_kappa(of_taxa: Sequence[Quality]) -> float | None:
    """Agreement beyond chance of all taxa that two say of the same tuboids: (a - e) / (1 - e).

    a is the share on which they agree, e the one expected of labels dealt at random in the same numbers. None where no
    tuboid is compared, or both say the same taxon of all.
    """
    n = sum(each.n_true for each in of_taxa)
    n_right = sum(each.n_right for each in of_taxa)
    by_chance = sum(each.n_true * each.n_found for each in of_taxa)
    return (n * n_right - by_chance) / (n**2 - by_chance) if n and by_chance != n**2 else None


@dataclass(frozen=True, slots=True)
class Insects:
    """Insects of annotated images, one an element: `in_truth`, `in_found` (bool) and `area` (px^2)."""

    in_truth: np.ndarray
    in_found: np.ndarray
    area: np.ndarray

    def quality(self, chosen: np.ndarray | slice = slice(None)) -> Quality:
        """The counts of those chosen."""
        real, detected = self.in_truth[chosen], self.in_found[chosen]
        return Quality(int(real.sum()), int(detected.sum()), int((real & detected).sum()))


@dataclass(frozen=True, slots=True)
class SizeClass:
    """Insects from `area_from` to `area_to` px^2; `area` is the median of the true ones, None where there is none."""

    area: float | None
    area_from: float
    area_to: float
    quality: Quality


def size_of(insects: Insects, n_classes: int, without_smallest: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The edges of classes of area, each with as many true insects, and the class of each insect.

    What is beyond the ends is of the class there; -1 is what is not larger than the quantile `without_smallest` of the
    areas of true insects.
    """
    true_areas = insects.area[insects.in_truth]
    kept = np.ones(len(insects.area), bool)
    if without_smallest:
        kept = insects.area > np.quantile(true_areas, without_smallest)
    areas = insects.area[insects.in_truth & kept]
    edges = np.quantile(areas if len(areas) else [np.nan], np.linspace(0, 1, n_classes + 1))
    place = np.clip(np.searchsorted(edges, insects.area, side="left") - 1, 0, n_classes - 1)
    return edges, np.where(kept, place, -1)


def quality_by_size(insects: Insects, n_classes: int = 1, without_smallest: float = 0.0) -> list[SizeClass]:
    """The quality in each class of `size_of`. Raises ValueError where nothing is in the truth."""
    if not insects.in_truth.any():
        raise ValueError("nothing is in the truth")
    edges, place = size_of(insects, n_classes, without_smallest)
    found = []
    for number in range(n_classes):
        areas = insects.area[insects.in_truth & (place == number)]
        median = float(np.median(areas)) if len(areas) else None
        ends = float(edges[number]), float(edges[number + 1])
        found.append(SizeClass(median, *ends, insects.quality(place == number)))
    return found
