"""Captures and effort by the night."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from . import clocks
from .captures import taxa_of
from .counts import inside
from .effort import watched
from .tables import CAPTURES, IMAGES, Rows, table


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
