"""Sunrise and sunset, by PyEphem (which is an extra of the client, and the server has)."""

import math
from dataclasses import dataclass
from datetime import date, datetime

import ephem

_HORIZON = "-0:50"  # the sun's upper edge on the horizon: its centre 50 arc minutes below, refraction included


@dataclass(frozen=True)
class SunDay:
    """A solar day of a place, which has the date of its noon there; naive UTC.

    `polar`: `day` where the sun does not set, `night` where it does not rise, else None.
    """

    sunrise: datetime | None
    noon: datetime
    sunset: datetime | None
    polar: str | None = None


def sun_on(day: date, lat: float, lng: float) -> SunDay:
    """The solar day of a place at sea level; latitude and longitude in degrees, north and east positive."""
    place = ephem.Observer()
    place.lat, place.lon = math.radians(lat), math.radians(lng)
    place.pressure, place.horizon = 0, _HORIZON
    sun = ephem.Sun()
    six_in_the_morning = ephem.Date((day.year, day.month, day.day)) + 0.25 - lng / 360
    noon = place.next_transit(sun, start=six_in_the_morning)
    try:
        sunrise = place.previous_rising(sun, start=noon, use_center=True)
        sunset = place.next_setting(sun, start=noon, use_center=True)
    except ephem.AlwaysUpError:
        return SunDay(None, noon.datetime(), None, "day")
    except ephem.NeverUpError:
        return SunDay(None, noon.datetime(), None, "night")
    return SunDay(sunrise.datetime(), noon.datetime(), sunset.datetime())
