"""The hour of the day by the sun: sunrise is 0, sunset 12, the next sunrise 24, whatever the length of the day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from sticky_pi_api.core.sun import SunDay, sun_on

_DAY = timedelta(days=1)
_sun_on = lru_cache(20_000)(sun_on)


def hour_by_sun(position: tuple[float, float]) -> Callable[[date, int], int]:
    """The hour, 0 to 23, of the middle of an hour UTC at a place; -1 where the sun does not rise or set."""
    lat, lng = (round(degrees, 2) for degrees in position)

    @lru_cache(None)
    def hour(day: date, utc: int) -> int:
        moment = datetime(day.year, day.month, day.day, utc, 30)
        days = [_sun_on(day + number * _DAY, lat, lng) for number in (-1, 0, 1, 2)]
        for today, tomorrow in pairwise(days):
            if (found := _warped(moment, today, tomorrow)) is not None:
                return int(found) % 24
        return -1

    return hour


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
