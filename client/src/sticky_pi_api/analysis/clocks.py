"""The hour of the day, by one of several clocks."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from .sun import positions, sun_times, warped_zeitgeber_time
from .tables import Rows

CLOCKS = ("utc", "local", "wzt")


def place(deployments: Rows, images: Rows, clock: str) -> pd.DataFrame:
    """The deployments by device and start, with positions that are known where the clock needs them."""
    check(clock)
    found = positions(deployments, None if clock == "utc" else images)
    if clock in ("local", "wzt") and found.lng.isna().any():
        raise ValueError(
            f"clock {clock!r} takes positions: add columns 'lat' and 'lng' (degrees) to the deployments; "
            "neither they nor the EXIF of the images have any"
        )
    return found


def check(clock: str) -> None:
    """Raises ValueError for what is no clock."""
    if clock not in CLOCKS:
        try:
            ZoneInfo(clock)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"{clock!r} is no clock: it takes 'utc', 'local' (mean solar time), 'wzt' (warped zeitgeber time) or a "
                "time zone such as 'America/Vancouver'"
            ) from error


def hour_of_day(rows: pd.DataFrame, deployments: pd.DataFrame, clock: str) -> pd.Series:
    """Hours from 0 to 24 of `datetime`, at the place of the row's `deployment` (a row of `deployments`).

    `utc`: Coordinated Universal Time; `local`: mean solar time, UTC + longitude / 15 h; `wzt`: see
    `warped_zeitgeber_time`; else the civil time of a time zone.
    """
    where = deployments.loc[rows.deployment]
    if clock == "wzt":
        return warped_zeitgeber_time(rows.datetime, where.lat.to_numpy(), where.lng.to_numpy())
    times = rows.datetime
    if clock == "local":
        times = times + pd.to_timedelta(np.round(where.lng.to_numpy() * 240), unit="s")
    elif clock != "utc":
        times = times.dt.tz_localize("UTC").dt.tz_convert(clock).dt.tz_localize(None)
    return (times - times.dt.normalize()) / pd.Timedelta("1h")


def noons(first: pd.Timestamp, last: pd.Timestamp, lng: float, clock: str) -> pd.DatetimeIndex:
    """The noons (naive UTC) of a clock, from the last one before `first` to the first one after `last`."""
    days = pd.date_range(first.normalize() - pd.Timedelta("2D"), last.normalize() + pd.Timedelta("2D")) + pd.Timedelta(
        "12h"
    )
    if clock == "local":
        days = days - pd.Timedelta(round(lng * 240), unit="s")
    elif clock != "utc":
        days = days.tz_localize(clock).tz_convert("UTC").tz_localize(None)
    return days[days.searchsorted(first, side="right") - 1 : days.searchsorted(last, side="left") + 1]


def night(deployments: pd.DataFrame, clock: str) -> tuple[float, float] | None:
    """Sunset and sunrise by a clock, in the middle of the season at the middle of the traps; None if not known."""
    if clock == "wzt":
        return 12.0, 24.0
    if deployments.lat.isna().any():
        return None
    day = deployments.start_datetime.min() + (deployments.end_datetime.max() - deployments.start_datetime.min()) / 2
    middle = deployments[["lat", "lng"]].median()
    sun = sun_times(day, day, middle.lat, middle.lng)
    if sun.polar.notna().any():
        return None
    rows = pd.DataFrame({"datetime": [sun.sunset.iloc[0], sun.sunrise.iloc[0]], "deployment": deployments.index[0]})
    sunset, sunrise = hour_of_day(rows, deployments, clock)
    return float(sunset), float(sunrise)
