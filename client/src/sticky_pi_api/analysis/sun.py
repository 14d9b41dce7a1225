"""Sunrise and sunset, and the time of day by the sun."""

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd

from ..core.sun import sun_on
from .tables import IMAGES, AnalysisWarning, Rows, read_deployments, table, within

_LATITUDES, _LONGITUDES = ("lat", "latitude"), ("lng", "lon", "long", "longitude")
_FAR, _NEAR = 10.0, 1.0  # degrees from the other traps: a position that is far, and near when swapped, is swapped
_DAY = np.timedelta64(86400, "s")


def positions(deployments: Rows, images: Rows | None = None) -> pd.DataFrame:
    """Where each deployment was.

    A position comes from the deployment (columns `lat` or `latitude`, and `lng`, `lon` or `longitude`, in degrees, any
    case); else it is the median of what the device wrote into its images (columns `lat`, `lng`: EXIF); else the median
    of the other deployments. Warns where coordinates are swapped, and corrects them: a latitude is beyond 90 degrees,
    or the position is more than 10 degrees from the others' median (EXIF: from that of the deployments) and within 1 of
    it when swapped.

    Returns:
        The deployments by device and start, with `lat`, `lng` (degrees, NaN if unknown) and `position`: `deployment`,
        `exif`, `other traps` or None.
    """
    found = read_deployments(deployments)
    stated = pd.DataFrame({"lat": _column(found, _LATITUDES), "lng": _column(found, _LONGITUDES)}, index=found.index)
    stated = _unswapped(stated, "deployments")
    exif = _unswapped(_of_images(found, images), "EXIF of images", stated.median())
    is_stated, is_exif = stated.notna().all(axis=1), exif.notna().all(axis=1)
    where = stated.copy()
    where[~is_stated] = exif[~is_stated]
    known = where.notna().all(axis=1)
    where.loc[~known, ["lat", "lng"]] = where[known].median().to_numpy()
    source = np.select([is_stated, is_exif, known.any() & ~known], ["deployment", "exif", "other traps"], "")
    return found.assign(lat=where.lat, lng=where.lng, position=pd.Series(source, dtype=object).replace("", None))


def _column(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    named = next((column for column in frame.columns if str(column).lower() in names), None)
    values = frame[named] if named is not None else pd.Series(math.nan, index=frame.index)
    return pd.to_numeric(values, errors="coerce").astype(float)


def _of_images(deployments: pd.DataFrame, images: Rows | None) -> pd.DataFrame:
    nowhere = pd.DataFrame({"lat": math.nan, "lng": math.nan}, index=deployments.index)
    if images is None:
        return nowhere
    found = table(images, "images", IMAGES)
    if not {"lat", "lng"} <= set(found.columns):
        return nowhere
    where = found[["lat", "lng"]].apply(pd.to_numeric, errors="coerce")
    return where.groupby(within(found, deployments)).median().reindex(deployments.index)


def _unswapped(where: pd.DataFrame, what: str, site: pd.Series | None = None) -> pd.DataFrame:
    beyond = (where.lat.abs() > 90) & (where.lng.abs() <= 90)
    if site is None or site.isna().any():
        site = where[~beyond].median()
    distance = (where - site).abs().max(axis=1)
    as_swapped = (where[["lng", "lat"]].set_axis(["lat", "lng"], axis=1) - site).abs().max(axis=1)
    swapped = beyond | ((distance > _FAR) & (as_swapped < _NEAR))
    if swapped.any():
        lat, lng = where[swapped].iloc[0]
        _warn(
            f"{what}: lat {lat:.4f} and lng {lng:.4f} are swapped ({swapped.sum()} of {len(where)}); taken as swapped"
        )
        where = where.copy()
        where.loc[swapped, ["lat", "lng"]] = where.loc[swapped, ["lng", "lat"]].to_numpy()
    if (where.lat.abs() > 90).any() or (where.lng.abs() > 180).any():
        raise ValueError(f"{what}: latitudes are within 90, longitudes within 180 degrees")
    return where


def sun_times(start: Any, end: Any, lat: float, lng: float) -> pd.DataFrame:
    """Sunrise and sunset of the solar days from `start` to `end`, dates or datetimes.

    Sunrise is when the upper edge of the sun is at the horizon of a place at sea level (its centre 0.833 degrees below,
    with the usual refraction), as almanacs say it. By PyEphem, to a second; near the poles weather moves it by minutes.

    Args:
        start, end: both included; a solar day has the date of its noon at the place.
        lat, lng: degrees, north and east positive; swapped ones are noticed where latitude is beyond 90.

    Returns:
        A row a day (index `date`): `sunrise`, `noon`, `sunset` (naive UTC), `day_length` (hours), and `polar`: `day`
        where the sun does not set, `night` where it does not rise (then `sunrise` and `sunset` are NaT), else None.
    """
    lat, lng = _place(lat, lng)
    dates = pd.date_range(pd.Timestamp(start).normalize(), pd.Timestamp(end).normalize(), name="date")
    found = pd.DataFrame([sun_on(day, lat, lng) for day in dates], index=dates)
    found[["sunrise", "noon", "sunset"]] = found[["sunrise", "noon", "sunset"]].astype("datetime64[us]")
    hours = (found.sunset - found.sunrise) / pd.Timedelta("1h")
    found.insert(3, "day_length", hours.fillna(found.polar.map({"day": 24.0, "night": 0.0})))
    return found


def _place(lat: float, lng: float) -> tuple[float, float]:
    where = _unswapped(pd.DataFrame({"lat": [float(lat)], "lng": [float(lng)]}), "position")
    return float(where.lat[0]), float(where.lng[0])


def warped_zeitgeber_time(datetimes: Any, lat: Any, lng: Any) -> pd.Series:
    """Hours by the sun (WZT): sunrise is 0 h, sunset 12 h, the next sunrise 24 h, whatever the length of the day.

    With z the time since the last sunrise, D the length of that day and N that of the night after it::

        WZT = 12 h * z / D                   by day (z < D)
        WZT = 12 h + 12 h * (z - D) / N      by night

    Geissmann et al. (2022, PLOS Biology 20: e3001689) have N = 24 h - D; here the night ends when the sun rises, so
    that WZT has no jump at sunrise (the two differ by up to a few minutes).

    Args:
        datetimes: naive UTC.
        lat, lng: degrees, north and east positive; one for all, or one for each.

    Returns:
        Hours from 0 to 24, with the index of `datetimes`. NaN, with an AnalysisWarning, where the sun does not rise or
        set.
    """
    times = pd.Series(datetimes).astype("datetime64[us]")
    where = pd.DataFrame({"lat": lat, "lng": lng}, index=times.index).astype(float)
    hours = pd.Series(math.nan, index=times.index, name="wzt")
    for (latitude, longitude), of_place in times.groupby([where.lat, where.lng]):
        hours[of_place.index] = _warped(of_place.to_numpy(), latitude, longitude)
    return hours


def _warped(times: np.ndarray, lat: float, lng: float) -> np.ndarray:
    days = sun_times(times.min() - 2 * _DAY, times.max() + 2 * _DAY, lat, lng)
    sunrise, sunset = days.sunrise.to_numpy(), days.sunset.to_numpy()
    following = days.sunrise.shift(-1).to_numpy()
    risen = np.flatnonzero(~np.isnat(sunrise))
    if not len(risen):
        _warn_polar(days, times, np.full(len(times), True), lat, lng)
        return np.full(len(times), math.nan)
    last = risen[np.searchsorted(sunrise[risen], times, side="right").clip(1) - 1]
    by_day = 12 * ((times - sunrise[last]) / (sunset[last] - sunrise[last]))
    by_night = 12 + 12 * ((times - sunset[last]) / (following[last] - sunset[last]))
    hours = np.where(times < sunset[last], by_day, by_night)
    unknown = ~((hours >= 0) & (hours <= 24))
    if unknown.any():
        _warn_polar(days, times, unknown, lat, lng)
    return np.where(unknown, math.nan, hours % 24)


def _warn_polar(days: pd.DataFrame, times: np.ndarray, unknown: np.ndarray, lat: float, lng: float) -> None:
    near = days[(days.noon >= times[unknown].min() - _DAY) & (days.noon <= times[unknown].max() + _DAY)]
    kinds = {"day": "does not set", "night": "does not rise"}
    says = " or ".join(kinds[kind] for kind in near.polar.dropna().unique())
    _warn(
        f"the sun {says} at latitude {lat:.2f}, longitude {lng:.2f} about {str(times[unknown].min())[:10]}: "
        f"{unknown.sum()} of {len(times)} datetimes have no warped zeitgeber time"
    )


def _warn(message: str) -> None:
    warnings.warn(message, AnalysisWarning, stacklevel=4)
