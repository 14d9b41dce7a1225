"""Rates of capture by the hour of the day: captures over effort, zeros kept."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import clocks
from .counts import hourly_counts, mean_of
from .tables import Rows


def diel_profile(
    captures: Rows, images: Rows, deployments: Rows, *, taxa: Sequence[Any] | None = None, clock: str = "utc"
) -> pd.DataFrame:
    """Captures by the hour of the day: of each deployment first, then the mean of deployments.

    With c captures and n images of deployment u in hour h::

        per_image(h) = mean over u of c(u, h) / n(u, h)
        per_hour(h)  = mean over u of c(u, h) / (n(u, h) * i(u)),  i: the usual time between images of u, in hours

    Every image counts, also without captures; hours in which a deployment has no image are not counted for it.

    Args:
        captures: `device`, `datetime`, `taxon`; rows without taxon are left out.
        images: all images of the traps.
        deployments: with positions, if the clock needs them (see `positions`).
        taxa: None: all. A taxon that was not caught has rates of 0.
        clock: `utc`; `local`, mean solar time; `wzt`, warped zeitgeber time; or a time zone (`America/Vancouver`).

    Returns:
        24 rows a taxon: `taxon`, `hour` (0-23, its beginning), `per_image`, `per_hour` (per hour and trap), `se`
            (standard
        error over deployments of `per_hour`), `captures`, `images`, `n_deployments`.

    Source: Geissmann et al. (2022, PLOS Biology 20: e3001689), figure 6.
    """
    counts = hourly_counts(captures, images, deployments, taxa=taxa, clock=clock)
    per_image = counts.per_image()
    per_hour = per_image / counts.hours[:, None, None]
    known = ~np.isnan(per_hour)
    n = known.sum(axis=0)
    mean = mean_of(per_hour, 0)
    squares = np.where(known, (per_hour - mean) ** 2, 0).sum(axis=0)
    error = np.sqrt(np.divide(squares, n * (n - 1), out=np.full(n.shape, np.nan), where=n > 1))
    index = pd.MultiIndex.from_product([counts.taxa, range(24)], names=["taxon", "hour"])
    columns = {
        "per_image": mean_of(per_image, 0),
        "per_hour": mean,
        "se": error,
        "captures": counts.captures.sum(axis=0),
        "images": np.broadcast_to(counts.images.sum(axis=0), n.shape),
        "n_deployments": n,
    }
    found = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()
    found.attrs.update(clock=clock, night=clocks.night(counts.deployments, clock))
    return found
