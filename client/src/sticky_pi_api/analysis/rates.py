"""Rates of capture by the hour of the day and by the night: captures over effort, zeros kept."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import clocks
from .captures import taxa_of
from .effort import watched
from .tables import CAPTURES, IMAGES, AnalysisWarning, Rows, as_hours, table, within


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


def diel_profile(
    captures: Rows, images: Rows, deployments: Rows, *, taxa: Sequence[Any] | None = None, clock: str = "utc"
) -> pd.DataFrame:
    """Captures by the hour of the day: of each deployment first, then the mean of deployments, which are the replicates.

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
        24 rows a taxon: `taxon`, `hour` (0-23, its beginning), `per_image`, `per_hour` (per hour and trap), `se` (standard
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


def daily_captures(
    captures: Rows, images: Rows, deployments: Rows, *, taxa: Sequence[Any] | None = None, clock: str = "local"
) -> pd.DataFrame:
    """Captures and effort of each trap and night, from noon to noon.

    per_day = captures / hours * 24, with trap-hours as in `effort`; NaN in nights without effort.

    Args:
        captures, images, deployments, taxa: as in `diel_profile`.
        clock: whose noon: `local` (mean solar time at the median longitude), `utc`, or a time zone.

    Returns:
        A row a device, night and taxon, also where nothing was caught: `device`, `night` (the date on which it begins),
        `taxon`, `captures`, `n_images`, `hours` (trap-hours), `per_day` (captures per trap and 24 h).
    """
    if clock == "wzt":
        raise ValueError("nights are from noon to noon by clock 'local', 'utc' or a time zone, not 'wzt'")
    stays = clocks.place(deployments, images, clock)
    pictures = inside(table(images, "images", IMAGES).drop_duplicates(["device", "datetime"]), stays, "images")
    caught = inside(table(captures, "captures", CAPTURES).dropna(subset=["taxon"]), stays, "captures")
    names = taxa_of(caught, taxa)
    lng = float(stays.lng.median())
    noons = clocks.noons(stays.start_datetime.min(), stays.end_datetime.max(), lng, clock)
    dates = (noons + pd.Timedelta(round(lng * 240) if clock == "local" else 0, unit="s")).normalize()
    if clock not in ("utc", "local"):
        dates = noons.tz_localize("UTC").tz_convert(clock).tz_localize(None).normalize()
    watch = _nightly(pictures, stays, noons, dates)
    caught = caught[caught.taxon.isin(names)]
    nights = dates[noons.searchsorted(caught.datetime, side="right") - 1]
    counted = caught.assign(night=nights).groupby(["device", "night", "taxon"]).size().rename("captures")
    found = watch.merge(pd.DataFrame({"taxon": names}), how="cross")
    found = found.merge(counted.reset_index(), on=["device", "night", "taxon"], how="left")
    found["captures"] = found.captures.fillna(0).astype(int)
    found["per_day"] = (24 * found.captures / found.hours).where(found.hours > 0)
    found.attrs["clock"] = clock
    return found[["device", "night", "taxon", "captures", "n_images", "hours", "per_day"]]


def _nightly(
    pictures: pd.DataFrame, stays: pd.DataFrame, noons: pd.DatetimeIndex, dates: pd.DatetimeIndex
) -> pd.DataFrame:
    of_stays = []
    for number, stay in stays.iterrows():
        times = pictures.datetime[pictures.deployment == number].sort_values()
        nights = watched(times, noons, stay.start_datetime, stay.end_datetime).assign(
            device=stay.device, night=dates[:-1]
        )
        of_stays.append(nights[(noons[1:] > stay.start_datetime) & (noons[:-1] < stay.end_datetime)])
    return pd.concat(of_stays).groupby(["device", "night"], as_index=False)[["n_images", "hours"]].sum()


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

    so that it is a share of what would have been caught at equal effort at all hours. Its interval is that of the 2.5 and
    97.5 percentiles of `n_bootstrap` samples of deployments, drawn with replacement.

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
