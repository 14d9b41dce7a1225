"""Temporal niches: a map of taxa on which those that fly at the same hours are near each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import procrustes
from scipy.spatial.distance import pdist
from scipy.stats import chi2
from sklearn.manifold import smacof

from .counts import Counts, hourly_counts, mean_of
from .tables import Rows

AXES = ["D1", "D2"]


@dataclass(frozen=True)
class TemporalNiches:
    """The map, and what it is made of.

    Attributes:
        profiles: captures per image, hour (0-23) x taxon.
        distances: 1 - Pearson's r of the profiles, taxon x taxon: 0 the same rhythm, 1 unrelated, 2 opposite.
        configuration: the map: index taxon, columns `D1`, `D2`, in units of the distances, centred.
        replicates: the maps of bootstrap samples, aligned: columns `replicate`, `taxon`, `D1`, `D2`.
        stress: Kruskal's stress-1 of the map: 0 shows the distances exactly; above 0.2 is poor.
        correlation: Pearson's r of the distances on the map with `distances`, over pairs of taxa.
        captures: how many of each taxon.
        clock: by which the hours are.
    """

    profiles: pd.DataFrame
    distances: pd.DataFrame
    configuration: pd.DataFrame
    replicates: pd.DataFrame
    stress: float
    correlation: float
    captures: pd.Series
    clock: str

    def ellipses(self, level: float = 0.95) -> pd.DataFrame:
        """The ellipse of each taxon that holds `level` of its replicates, if they are normally distributed.

        Returns:
            Index taxon: `D1`, `D2` (centre), `width`, `height` (full axes, units of the map), `angle` (degrees,
            anticlockwise from D1).
        """
        rows = {}
        for taxon, points in self.replicates.groupby("taxon", sort=False)[AXES]:
            variances, directions = np.linalg.eigh(np.cov(points.to_numpy().T))
            short, long = 2 * np.sqrt(variances.clip(0) * chi2.ppf(level, 2))
            angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
            rows[taxon] = (*points.mean(), long, short, angle)
        columns = [*AXES, "width", "height", "angle"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("taxon")


def temporal_niches(
    captures: Rows,
    images: Rows,
    deployments: Rows,
    *,
    taxa: Sequence[Any] | None = None,
    n_bootstrap: int = 500,
    clock: str = "utc",
    seed: int = 0,
) -> TemporalNiches:
    """Places taxa on a plane by the hours at which they fly.

    The diel profile p of each taxon is its mean captures per image in each of 24 hours, of each deployment first, then
    of all. Taxa i and j are at d(i, j) = 1 - r, r being Pearson's correlation of p(i) with p(j). The map x minimises
    the raw stress, by majorisation (SMACOF; metric, ratio)::

        sum over i < j of (d(i, j) - |x(i) - x(j)|)^2

    from the classical (Torgerson) solution; scaling d only scales x. Each bootstrap sample draws the captures of each
    deployment and taxon anew, with replacement, is mapped from the same start, and turned, shifted and scaled to the
    first map by Procrustes analysis. The map is turned to its principal axes: only distances mean something.

    Args:
        captures, images, deployments, clock: as in `diel_profile`.
        taxa: at least three, each caught at some hour; None: all.
        n_bootstrap: samples; 0 for none.
        seed: of the random numbers: the same seed gives the same replicates.

    Source: Geissmann et al. (2022, PLOS Biology 20: e3001689), figure 6; de Leeuw & Mair (2009, J. Stat. Softw. 31(3)).
    """
    counts = hourly_counts(captures, images, deployments, taxa=taxa, clock=clock)
    _check(counts)
    profile = mean_of(counts.per_image(), 0)
    distances = _distances(profile)
    points = _principal(_mapped(distances, _torgerson(distances)))
    replicates = _replicates(counts, points, n_bootstrap, np.random.default_rng(seed))
    names = pd.Index(counts.taxa, name="taxon")
    on_map, wanted = pdist(points), distances[np.triu_indices(len(names), 1)]
    return TemporalNiches(
        profiles=pd.DataFrame(profile.T, index=pd.RangeIndex(24, name="hour"), columns=names),
        distances=pd.DataFrame(distances, index=names, columns=names),
        configuration=pd.DataFrame(points, index=names, columns=AXES),
        replicates=_tidy(replicates, names),
        stress=float(np.sqrt(((wanted - on_map) ** 2).sum() / (on_map**2).sum())),
        correlation=float(np.corrcoef(on_map, wanted)[0, 1]),
        captures=pd.Series(counts.captures.sum(axis=(0, 2)), index=names, name="captures"),
        clock=clock,
    )


def _check(counts: Counts) -> None:
    profile = mean_of(counts.per_image(), 0)
    flat = [taxon for taxon, values in zip(counts.taxa, profile, strict=True) if np.nanstd(values) == 0]
    if flat:
        raise ValueError(f"no rhythm, so no correlation with others: {', '.join(map(repr, flat))} (never caught?)")
    if len(counts.taxa) < 3:
        raise ValueError(f"a map takes at least three taxa; there are {len(counts.taxa)}")
    if np.isnan(profile).any():
        empty = np.flatnonzero(np.isnan(profile).any(axis=0)).tolist()
        raise ValueError(f"no deployment has images in hours {empty} of the clock: profiles take all 24")


def _distances(profiles: np.ndarray) -> np.ndarray:
    distances = 1 - np.corrcoef(profiles)
    np.fill_diagonal(distances, 0)
    return (distances + distances.T) / 2


def _torgerson(distances: np.ndarray) -> np.ndarray:
    """Classical scaling to two dimensions."""
    squares = distances**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    return vectors[:, :-3:-1] * np.sqrt(values[:-3:-1].clip(1e-12))


def _mapped(distances: np.ndarray, start: np.ndarray) -> np.ndarray:
    points, _ = smacof(
        distances, n_components=2, init=start, n_init=1, max_iter=1000, eps=1e-9, normalized_stress=False
    )
    return points - points.mean(axis=0)


def _principal(points: np.ndarray) -> np.ndarray:
    """Turned to its principal axes, the first taxon to the right and to the top."""
    turned = points @ np.linalg.svd(points)[2].T
    return turned * np.where(turned[0] < 0, -1, 1)


def _replicates(counts: Counts, points: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Maps of samples: (n, taxon, 2)."""
    total = counts.captures.sum(axis=2, keepdims=True)
    chances = np.where(total > 0, counts.captures / np.maximum(total, 1), 1 / 24)
    maps = np.empty((n, *points.shape))
    for index in range(n):
        drawn = rng.multinomial(total[..., 0], chances)
        distances = _distances(mean_of(counts.per_image(drawn), 0))
        maps[index] = _aligned(_mapped(distances, points), points)
    return maps


def _aligned(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Procrustes: shifted, turned, mirrored and scaled to be as near as it can be. Both are centred."""
    _, aligned, _ = procrustes(onto, points)  # in units in which `onto` has a sum of squares of 1
    return aligned * np.sqrt((onto**2).sum())


def _tidy(replicates: np.ndarray, names: pd.Index) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([range(len(replicates)), names], names=["replicate", "taxon"])
    return pd.DataFrame(replicates.reshape(-1, 2), index=index, columns=AXES).reset_index()
