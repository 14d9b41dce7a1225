"""The sun, and clocks by it."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sticky_pi_api import analysis as a

DAY = pd.Timedelta("1D")
days = st.dates(pd.Timestamp("2019-11-01").date(), pd.Timestamp("2035-12-31").date())
longitudes = st.floats(-180, 180)
temperate = st.floats(-64, 64)


def sun_on(day: object, lat: float, lng: float) -> pd.Series:
    return a.sun_times(day, day, lat, lng).iloc[0]


def altitude(moment: pd.Timestamp, lat: float, lng: float) -> float:
    """Degrees of the sun's centre above the horizon, by the Almanac's formulas of low precision (0.01)."""
    n = (moment - pd.Timestamp("2000-01-01 12:00")) / DAY
    mean, anomaly = 280.460 + 0.9856474 * n, np.radians(357.528 + 0.9856003 * n)
    ecliptic = np.radians(mean + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt, phi = np.radians(23.439 - 0.0000004 * n), np.radians(lat)
    ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    angle = np.radians(15 * (18.697374558 + 24.06570982441908 * n) + lng) - ascension
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    return float(np.degrees(np.arcsin(height)))


@settings(max_examples=50, deadline=None)
@given(days, temperate, longitudes)
def test_the_sun_is_at_the_horizon_when_it_rises_and_sets(day: object, lat: float, lng: float) -> None:
    sun = sun_on(day, lat, lng)
    for moment in (sun.sunrise, sun.sunset):
        assert altitude(moment, lat, lng) == pytest.approx(-0.8333, abs=0.03)
    assert altitude(sun.noon, lat, lng) > max(altitude(sun.noon + each, lat, lng) for each in (DAY / 24, -DAY / 24))
    assert sun.sunrise < sun.noon < sun.sunset and sun.sunset - sun.sunrise < DAY


@settings(max_examples=50, deadline=None)
@given(days, temperate, longitudes, st.floats(0, 1))
def test_zeitgeber_time_is_warped_between_sunrise_and_sunset(day: object, lat: float, lng: float, part: float) -> None:
    sun = sun_on(day, lat, lng)
    tomorrow = sun_on(pd.Timestamp(day) + DAY, lat, lng)
    within = sun.sunrise + (sun.sunset - sun.sunrise) * part
    after = sun.sunset + (tomorrow.sunrise - sun.sunset) * part
    edges = a.warped_zeitgeber_time([sun.sunrise, sun.sunset, tomorrow.sunrise], lat, lng)
    assert edges.tolist() == pytest.approx([0, 12, 0], abs=1e-6)
    by_day, by_night = a.warped_zeitgeber_time([within, after], lat, lng)
    for hour, wanted in ((by_day, 12 * part), (by_night, 12 + 12 * part)):  # on a circle: 24 h is 0 h
        assert (hour - wanted + 12) % 24 == pytest.approx(12, abs=1e-4) and 0 <= hour < 24


@settings(max_examples=50, deadline=None)
@given(days, temperate, longitudes)
def test_zeitgeber_time_only_grows_from_sunrise_to_sunrise(day: object, lat: float, lng: float) -> None:
    sun = sun_on(day, lat, lng)
    moments = pd.date_range(sun.sunrise, sun.sunrise + DAY, periods=97)[:-1]
    moments = moments[moments < sun_on(pd.Timestamp(day) + DAY, lat, lng).sunrise]
    hours = a.warped_zeitgeber_time(moments, lat, lng)
    assert hours.between(0, 24).all() and (np.diff(hours) > 0).all()


@settings(max_examples=50, deadline=None)
@given(days, st.floats(-89, 89), longitudes)
def test_every_day_has_a_sunrise_or_says_that_it_is_polar(day: object, lat: float, lng: float) -> None:
    sun = a.sun_times(day, pd.Timestamp(day) + DAY, lat, lng)
    assert (sun.sunrise.isna() == sun.polar.notna()).all() and (sun.sunset.isna() == sun.polar.notna()).all()
    assert sun.noon.diff().iloc[1] / DAY == pytest.approx(1, abs=0.001)
    assert (sun.day_length.between(0, 24) | sun.polar.isna()).all()
    if abs(lat) < 64:
        assert sun.polar.isna().all()


def test_polar_day_and_night_say_so() -> None:
    for moment, says in (("2020-06-21 12:00", "does not set"), ("2020-12-21 12:00", "does not rise")):
        with pytest.warns(a.AnalysisWarning, match=f"the sun {says} at latitude 70.00"):
            assert a.warped_zeitgeber_time([moment], 70, 20).isna().all()
    assert a.sun_times("2020-06-21", "2020-06-21", 70, 20).polar.tolist() == ["day"]
    assert a.sun_times("2020-12-21", "2020-12-21", 70, 20).day_length.tolist() == [0]


def test_the_index_and_a_place_each_are_kept() -> None:
    times = pd.Series(pd.to_datetime(["2020-06-21 12:00", "2020-06-21 12:00"]), index=[7, 3])
    hours = a.warped_zeitgeber_time(times, [49.2, 0.0], [-121.8, 0.0])
    assert hours.index.tolist() == [7, 3] and hours[3] == pytest.approx(6, abs=0.1) and hours[7] != hours[3]


def stay(**position: float) -> dict[str, object]:
    return {"device": "5c173ff2", "start_datetime": "2020-06-24", "end_datetime": "2020-07-01", **position}


def test_positions_are_of_deployments_before_exif() -> None:
    image = {"device": "5c173ff2", "datetime": "2020-06-25", "lat": 49.1, "lng": -121.1}
    nowhere = {**stay(), "device": "0a5bb6f4"}
    found = a.positions([stay(latitude=49.2, LONGITUDE=-121.8), nowhere], [image]).set_index("device")
    assert found.loc["5c173ff2", ["lat", "lng", "position"]].tolist() == [49.2, -121.8, "deployment"]
    assert found.loc["0a5bb6f4", ["lat", "lng", "position"]].tolist() == [49.2, -121.8, "other traps"]
    found = a.positions([stay()], [image])
    assert found.loc[0, ["lat", "lng", "position"]].tolist() == [49.1, -121.1, "exif"]
    assert a.positions([stay()]).lat.isna().all()


def test_swapped_positions_are_noticed() -> None:
    with pytest.warns(a.AnalysisWarning, match=r"deployments: lat -121\.8000 and lng 49\.2000 are swapped"):
        assert a.positions([stay(lat=-121.8, lng=49.2)]).lat.tolist() == [49.2]
    swapped = {"device": "5c173ff2", "datetime": "2020-06-25", "lat": 9.0, "lng": 45.0}
    others = [{**stay(lat=45.1, lng=9.1), "device": "0a5bb6f4"}, {**stay(lat=45.2, lng=9.2), "device": "08038ade"}]
    with pytest.warns(a.AnalysisWarning, match="EXIF of images: lat 9.0000 and lng 45.0000 are swapped"):
        found = a.positions([stay(), *others], [swapped]).set_index("device")
    assert found.lat["5c173ff2"] == 45.0
    with warnings.catch_warnings(action="error"):
        a.positions(others)
    with pytest.raises(ValueError, match="latitudes are within 90"):
        a.positions([stay(lat=100, lng=100)])
