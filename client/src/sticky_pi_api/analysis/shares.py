"""Shares of activity between two hours of the day."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import clocks
from .captures import taxa_of
from .counts import inside
from .tables import CAPTURES, IMAGES, Rows, table


def share_in_window(
    captures: Rows,
    images: Rows,
    deployments: Rows,
    *,
    window: tuple[float, float],
    taxa: Sequence[Any] | None = None,
    clock: str = "wzt",
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """The share of a taxon's activity that is between two hours of the day.

    With c captures and n images inside and outside of a window of w hours::

        share = w r_in / (w r_in + (24 - w) r_out),   r = c / n

    so that it is a share of what would have been caught at equal effort at all hours. Its interval is that of the 2.5
    and 97.5 percentiles of `n_bootstrap` samples of deployments, drawn with replacement.

    Args:
        captures, images, deployments, taxa, clock: as in `diel_profile`.
        window: from, to, in hours of the clock; over midnight if to < from. Fractions are allowed.
        n_bootstrap, seed: samples, and the seed of their random numbers: the same seed gives the same interval.

    Returns:
        A row a taxon: `taxon`, `share`, `low`, `high` (NaN if nothing was caught), `captures`, `captures_inside`.
    """
    first, last = window
    width = (last - first) % 24
    if not (0 <= first <= 24 and 0 <= last <= 24) or width == 0:
        raise ValueError(f"window is {window!r}: it takes two different hours from 0 to 24")
    stays = clocks.place(deployments, images, clock)
    pictures = inside(table(images, "images", IMAGES).drop_duplicates(["device", "datetime"]), stays, "images")
    caught = inside(table(captures, "captures", CAPTURES).dropna(subset=["taxon"]), stays, "captures")
    names = taxa_of(caught, taxa)

    def split(rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
        hours = clocks.hour_of_day(rows, stays, clock) if len(rows) else pd.Series(dtype=float)
        known = hours.notna().to_numpy()
        return rows[known], (((hours[known] - first) % 24) >= width).to_numpy().astype(int)

    seen = np.zeros((len(stays), 2))
    rows, side = split(pictures)
    np.add.at(seen, (rows.deployment, side), 1)
    counted = np.zeros((len(stays), len(names), 2))
    rows, side = split(caught[caught.taxon.isin(names)])
    np.add.at(counted, (rows.deployment, pd.Categorical(rows.taxon, categories=names).codes, side), 1)
    share = _share_of(width)
    drawn = np.random.default_rng(seed).integers(len(stays), size=(n_bootstrap, len(stays)))
    weights = np.apply_along_axis(np.bincount, 1, drawn, minlength=len(stays)).astype(float)
    samples = share(np.einsum("bu,uts->bts", weights, counted), (weights @ seen)[:, None, :])
    low, high = (_percentile(samples, percent) for percent in (2.5, 97.5))
    found = pd.DataFrame(
        {"taxon": names, "share": share(counted.sum(axis=0), seen.sum(axis=0)), "low": low, "high": high}
    )
    total = counted.sum(axis=0).astype(int)
    found = found.assign(captures=total.sum(axis=1), captures_inside=total[:, 0])
    found.attrs.update(clock=clock, window=(first, last))
    return found


def _share_of(width: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    def share(captures: np.ndarray, images: np.ndarray) -> np.ndarray:
        images = np.broadcast_to(images, captures.shape)
        rates = np.divide(captures, images, out=np.full(captures.shape, np.nan), where=images > 0)
        active = rates * [width, 24 - width]
        total = active.sum(axis=-1)
        return np.divide(active[..., 0], total, out=np.full(total.shape, np.nan), where=total > 0)

    return share


def _percentile(samples: np.ndarray, percent: float) -> np.ndarray:
    return np.array([np.nanpercentile(of, percent) if (~np.isnan(of)).any() else np.nan for of in samples.T])
