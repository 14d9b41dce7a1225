"""Captures and images counted by deployment, taxon and hour of the day."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import clocks
from .captures import taxa_of
from .tables import CAPTURES, IMAGES, AnalysisWarning, Rows, table, within


@dataclass(frozen=True)
class Counts:
    """Captures and images of each deployment in each of 24 hours of the day.

    Attributes:
        captures: (deployment, taxon, hour).
        images: (deployment, hour).
        hours: trap-hours that an image stands for, the median time between images: (deployment,).
        deployments, taxa: what the first two axes are.
    """

    captures: np.ndarray
    images: np.ndarray
    hours: np.ndarray
    deployments: pd.DataFrame
    taxa: list[Any]

    def per_image(self, captures: np.ndarray | None = None) -> np.ndarray:
        """Captures per image, (..., deployment, taxon, hour); NaN where no image was taken."""
        counted = self.captures if captures is None else captures
        images = self.images[:, None, :]
        return np.divide(counted, images, out=np.full(counted.shape, np.nan), where=images > 0)


def hourly_counts(
    captures: Rows, images: Rows, deployments: Rows, *, taxa: Sequence[Any] | None, clock: str, column: str = "taxon"
) -> Counts:
    """Counts captures and images; those outside all deployments are left out, with a warning."""
    stays = clocks.place(deployments, images, clock)
    pictures = inside(table(images, "images", IMAGES).drop_duplicates(["device", "datetime"]), stays, "images")
    caught = inside(table(captures, "captures", CAPTURES).dropna(subset=["taxon"]), stays, "captures")
    if pictures.empty:
        raise ValueError("images: none is within a deployment")
    names = taxa_of(caught, taxa)
    caught = caught[caught.taxon.isin(names)]
    shape = (len(stays), len(names), 24)
    counted = np.zeros(shape, dtype=int)
    at = _hour(caught, stays, clock)
    rows = caught.loc[at.index]
    np.add.at(counted, (rows.deployment, pd.Categorical(rows.taxon, categories=names).codes, at), 1)
    seen = np.zeros((len(stays), 24), dtype=int)
    hours = _hour(pictures, stays, clock)
    np.add.at(seen, (pictures.deployment.loc[hours.index], hours), 1)
    _warn_unseen(counted, seen)
    return Counts(counted, seen, _usual_hours(pictures, stays), stays, names)


def _hour(rows: pd.DataFrame, stays: pd.DataFrame, clock: str) -> pd.Series:
    hours = clocks.hour_of_day(rows, stays, clock).dropna() if len(rows) else pd.Series(dtype=float)
    return np.floor(hours).astype(int)


def inside(rows: pd.DataFrame, deployments: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows within a deployment, its row number in `deployment`; warns if some are in none."""
    rows = rows.reset_index(drop=True)
    of = within(rows, deployments)
    if (outside := int((of < 0).sum())) > 0:
        says = f"{outside} of {len(rows)} {name} are outside all deployments and left out"
        warnings.warn(says, AnalysisWarning, stacklevel=4)
    return rows.assign(deployment=of)[of >= 0].reset_index(drop=True)


def _warn_unseen(captures: np.ndarray, images: np.ndarray) -> None:
    unseen = int((captures.sum(axis=1) * (images == 0)).sum())
    if unseen:
        says = f"{unseen} captures are in hours of which their trap has no image: they are in no rate"
        warnings.warn(says, AnalysisWarning, stacklevel=4)


def _usual_hours(pictures: pd.DataFrame, stays: pd.DataFrame) -> np.ndarray:
    steps = pictures.sort_values("datetime").groupby("deployment").datetime.diff() / pd.Timedelta("1h")
    return steps.groupby(pictures.deployment).median().reindex(stays.index).to_numpy()


def mean_of(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean of what is known; NaN, without a warning, where nothing is."""
    known = ~np.isnan(values)
    n = known.sum(axis=axis)
    return np.divide(np.where(known, values, 0).sum(axis=axis), n, out=np.full(n.shape, np.nan), where=n > 0)
