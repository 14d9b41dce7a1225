"""Saturation: whether a card that fills up catches less."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from .counts import inside
from .effort import watched
from .tables import IMAGES, Rows, read_deployments, table

_STEEPEST = 0.05  # per insect


@dataclass(frozen=True)
class Saturation:
    """How the rate of capture changes with the insects on the card.

    Attributes:
        table: a row a deployment and interval: `deployment` (number), `device`, `start`, `on_card` (insects caught
            since the card was fresh, at the start), `captures`, `hours` (trap-hours), `relative` (rate over the one
            that the deployment's own fresh card is estimated to have).
        fall: share of the rate that is lost with each insect on the card, k in exp(-k n); negative if it rises.
        low, high: its 95 % interval.
    """

    table: pd.DataFrame
    fall: float
    low: float
    high: float

    def relative_rate(self, on_card: Any) -> Any:
        """The rate with so many insects on the card, relative to a fresh one."""
        return np.exp(-self.fall * np.asarray(on_card, dtype=float))


def saturation(
    captures: Rows,
    images: Rows,
    deployments: Rows,
    *,
    interval: str = "6h",
    n_bootstrap: int = 500,
    seed: int = 0,
) -> Saturation:
    """Fits a rate that falls with the number of insects on the card.

    Captures c in an interval of a deployment u, with h trap-hours and n insects on the card at its start, are Poisson::

        c ~ Poisson(a(u) h exp(-k n))

    with a rate a of its own for each deployment, and one k for all, of maximum likelihood. The interval of k is that of
    the 2.5 and 97.5 percentiles over bootstrap samples of deployments. Weather that changes during a deployment is in k
    too: compare deployments of different weeks.

    Args:
        captures: `device`, `datetime`: everything caught, also what has no taxon.
        images, deployments: as in `diel_profile`; each deployment begins with a fresh card.
        interval: as in `effort`; whole days or parts of a day.
    """
    stays = read_deployments(deployments)
    pictures = inside(table(images, "images", IMAGES), stays, "images").sort_values("datetime")
    caught = inside(table(captures, "captures", ("device", "datetime")), stays, "captures")
    rows = pd.concat([_of_stay(number, stay, pictures, caught, interval) for number, stay in stays.iterrows()])
    rows = rows[rows.hours > 0].reset_index(drop=True)
    if rows.captures.sum() == 0:
        raise ValueError("captures: none is within a deployment that has images")
    fall = _fall(rows)
    drawn = _drawn_falls(rows, n_bootstrap, np.random.default_rng(seed))
    low, high = np.percentile(drawn, [2.5, 97.5]) if n_bootstrap else (np.nan, np.nan)
    expected = rows.hours * np.exp(-fall * rows.on_card)
    fresh = rows.groupby("deployment").captures.sum() / expected.groupby(rows.deployment).sum()
    relative = rows.captures / rows.hours / rows.deployment.map(fresh)
    return Saturation(rows.assign(relative=relative), fall, float(low), float(high))


def _of_stay(number: Any, stay: pd.Series, pictures: pd.DataFrame, caught: pd.DataFrame, interval: str) -> pd.DataFrame:
    edges = pd.date_range(stay.start_datetime, stay.end_datetime + pd.Timedelta(interval), freq=interval)
    times = pictures.datetime[pictures.deployment == number]
    rows = watched(times, edges, stay.start_datetime, stay.end_datetime)[["start", "hours"]]
    inside_of = edges.searchsorted(caught.datetime[caught.deployment == number], side="right") - 1
    counted = np.bincount(inside_of, minlength=len(rows))
    rows = rows.assign(deployment=number, device=stay.device, captures=counted, on_card=np.cumsum(counted) - counted)
    return rows[["deployment", "device", "start", "on_card", "captures", "hours"]]


def _fall(rows: pd.DataFrame, weights: np.ndarray | None = None) -> float:
    """k of maximum likelihood; the rates a(u) are profiled out. `weights`: how often each deployment is drawn."""
    unit = rows.deployment.factorize()[0]
    n, hours, captures = (rows[column].to_numpy(dtype=float) for column in ("on_card", "hours", "captures"))
    drawn = np.ones(unit.max() + 1) if weights is None else weights
    total = np.bincount(unit, captures) * drawn
    slope = (np.bincount(unit, captures * n) * drawn).sum()

    def loss(k: float) -> float:
        watched_hours = np.bincount(unit, hours * np.exp(-k * n))
        return float(k * slope + (total * np.log(watched_hours)).sum())

    return float(minimize_scalar(loss, bounds=(-_STEEPEST, _STEEPEST), method="bounded", options={"xatol": 1e-7}).x)


def _drawn_falls(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> list[float]:
    n_units = rows.deployment.nunique()
    drawn = rng.integers(n_units, size=(n, n_units))
    return [_fall(rows, np.bincount(sample, minlength=n_units).astype(float)) for sample in drawn]
