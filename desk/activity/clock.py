"""The hour of the day by the sun: sunrise is 0, sunset 12, the next sunrise 24, whatever the length of the day."""

from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise

from activity.queries import HoursOf
from sticky_pi_api.core.sun import SunDay, sun_on

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_sun_on = lru_cache(20_000)(sun_on)


def hours_by_sun(position: tuple[float, float]) -> HoursOf:
    """The clock at a place; hours in which the sun does not rise or set have none."""
    lat, lng = (round(degrees, 2) for degrees in position)

    def time_of(moment: datetime) -> float | None:
        days = [_sun_on(moment.date() + number * _DAY, lat, lng) for number in (-1, 0, 1, 2)]
        found = (_warped(moment, today, tomorrow) for today, tomorrow in pairwise(days))
        return next((hour for hour in found if hour is not None), None)

    @cache
    def hours(day: date, utc: int) -> list[tuple[int, float]]:
        start = datetime(day.year, day.month, day.day, utc)
        first, last = time_of(start), time_of(start + _HOUR)
        return _shares(first, last) if first is not None and last is not None else []

    return hours


def _shares(first: float, last: float) -> list[tuple[int, float]]:
    """The hours from one time of day to another, as shares of the time between; midnight may be in it."""
    last += 24 if last < first else 0
    pieces = [(hour, min(last, hour + 1) - max(first, hour)) for hour in range(int(first), int(last) + 1)]
    return [(hour % 24, piece / (last - first)) for hour, piece in pieces if piece > 0]


def night(position: tuple[float, float] | None, day: date, utc_offset: int) -> tuple[float, float] | None:
    """Sunset and sunrise by a clock, in hours; None where they are not known."""
    if position is None:
        return None
    sun = _sun_on(day, *(round(degrees, 2) for degrees in position))
    if sun.sunrise is None or sun.sunset is None:
        return None
    sunset, sunrise = ((each.hour + each.minute / 60 + utc_offset) % 24 for each in (sun.sunset, sun.sunrise))
    return sunset, sunrise


def _warped(moment: datetime, today: SunDay, tomorrow: SunDay) -> float | None:
    if today.sunrise is None or today.sunset is None or tomorrow.sunrise is None:
        return None
    if not today.sunrise <= moment < tomorrow.sunrise:
        return None
    if moment < today.sunset:
        return 12 * ((moment - today.sunrise) / (today.sunset - today.sunrise))
    return 12 + 12 * ((moment - today.sunset) / (tomorrow.sunrise - today.sunset))
