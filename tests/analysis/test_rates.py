"""Effort, and captures over it."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sticky_pi_api import analysis as a
from tests.analysis.season import DEVICES, LAT, LNG, START, STEP, Season

WEEK = {"device": "5c173ff2", "start_datetime": START, "end_datetime": START + timedelta(days=7)}


def images(minutes: list[int]) -> list[dict[str, object]]:
    return [{"device": "5c173ff2", "datetime": START + timedelta(minutes=each)} for each in minutes]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 7 * 24 * 60 - 1), max_size=60), st.sampled_from(["1D", "6h", "1h"]))
def test_effort_and_gaps_are_all_of_the_time_to_the_last_image(minutes: list[int], interval: str) -> None:
    found = a.effort(images(minutes), [WEEK], interval=interval, max_gap="2h")
    assert found.n_images.sum() == len(set(minutes))
    assert (found.hours >= -1e-9).all() and (
        found.hours + found.gap_hours <= pd.Timedelta(interval) / pd.Timedelta("1h") + 1e-9
    ).all()
    points = sorted({0, *minutes})
    steps = np.diff(points) / 60
    after = 7 * 24 - points[-1] / 60
    assert found.hours.sum() == pytest.approx(steps[steps <= 2].sum())
    assert found.gap_hours.sum() == pytest.approx(steps[steps > 2].sum() + after * (after > 2))
    assert found.n_gaps.sum() == (steps > 2).sum() + (after > 2)


def test_a_silent_trap_has_rows_without_effort() -> None:
    other = {**WEEK, "device": "0a5bb6f4"}
    found = a.effort(images(list(range(0, 7 * 24 * 60, 20))), [WEEK, other]).set_index("device")
    assert (found.hours["0a5bb6f4"] == 0).all() and found.gap_hours["0a5bb6f4"].sum() == pytest.approx(7 * 24)
    assert found.hours["5c173ff2"].sum() == pytest.approx(7 * 24, abs=0.5)
    assert a.effort(images([0, 20, 40])).hours.sum() == pytest.approx(2 / 3)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["utc", "local", "wzt", "America/Vancouver"]))
def test_no_capture_is_lost_and_zeros_are_kept(seed: int, clock: str) -> None:
    season = Season(seed)
    tables = season.captures(), season.images(), season.deployments()
    profile = a.diel_profile(*tables, clock=clock, taxa=[*{row["taxon"] for row in tables[0]}, "Elateridae"])
    assert len(profile) == 9 * 24 and profile.captures.sum() == len(season.insects)
    absent = profile[profile.taxon == "Elateridae"]
    assert (absent.per_hour == 0).all() and (absent.images > 0).all()
    # two deployments with the same images: the mean of rates is captures over images
    assert np.allclose(profile.per_image, profile.captures / profile.images, atol=1e-9)
    assert np.allclose(profile.per_hour, profile.per_image / (STEP / timedelta(hours=1)))


def test_nights_are_from_noon_to_noon(season: Season) -> None:
    nights = a.daily_captures(
        season.captures(), season.images(), season.deployments(), taxa=["Culicidae", "Elateridae"]
    )
    assert len(nights) == 2 * 4 * 2  # devices, nights, taxa
    assert nights.captures.sum() == 12 and (nights.per_day[nights.taxon == "Elateridae"] == 0).all()
    noon = pd.Timestamp("2020-06-25 12:00") - pd.Timedelta(LNG / 15, unit="h")
    first, second = sorted(nights.night.unique())[:2]
    caught = [{"device": DEVICES[0], "datetime": noon + pd.Timedelta(minutes=each), "taxon": "x"} for each in (-1, 1)]
    found = a.daily_captures(caught, season.images(), season.deployments())
    found = found[found.device == DEVICES[0]].set_index("night").captures
    assert (found[first], found[second], str(first)[:10]) == (1, 1, "2020-06-24")
    assert np.allclose(nights.per_day, 24 * nights.captures / nights.hours)


def test_shares_are_of_activity_at_equal_effort() -> None:
    everyday = [{"device": "5c173ff2", "datetime": START + STEP * number} for number in range(7 * 48)]
    by_day = [row for row in everyday if 6 <= row["datetime"].hour < 18]
    caught = [{**row, "taxon": "x"} for row in everyday]
    (even,) = a.share_in_window(caught, everyday, [WEEK], window=(22, 4), clock="utc", n_bootstrap=50).itertuples()
    assert even.share == pytest.approx(0.25) == even.low == even.high and even.captures_inside == 7 * 12
    few = [row for index, row in enumerate(everyday) if row in by_day or index % 2]  # half the images at night
    (same,) = a.share_in_window(
        [{**row, "taxon": "x"} for row in few], few, [WEEK], window=(18, 6), clock="utc"
    ).itertuples()
    assert same.share == pytest.approx(0.5)
    (none,) = a.share_in_window(caught, everyday, [WEEK], window=(1, 2), taxa=["y"], clock="utc").itertuples()
    assert np.isnan(none.share) and none.captures == 0


def test_what_is_outside_all_deployments_is_left_out_and_said(season: Season) -> None:
    strangers = [{"device": "ffffffff", "datetime": START, "taxon": "Culicidae"}]
    with pytest.warns(a.AnalysisWarning, match="1 of 97 captures are outside all deployments"):
        found = a.diel_profile(season.captures() + strangers, season.images(), season.deployments())
    assert found.captures.sum() == 96


@pytest.mark.parametrize("function", [a.diel_profile, a.daily_captures, a.temporal_niches, a.saturation])
def test_bad_tables_say_what_is_missing(season: Season, function: object) -> None:
    captured, pictures, stays = season.captures(), season.images(), season.deployments()
    for position, (name, column) in enumerate(
        (("captures", "device"), ("images", "datetime"), ("deployments", "end_datetime"))
    ):
        tables = [captured, pictures, stays]
        tables[position] = [{key: value for key, value in row.items() if key != column} for row in tables[position]]
        with pytest.raises(ValueError, match=rf"{name}: no column '{column}'; there are '"):
            function(*tables)
    with pytest.raises(ValueError, match="images: datetime: 1 of 1 are no datetimes, the first in row 0"):
        function(captured, [{"device": DEVICES[0], "datetime": "yesterday"}], stays)
    with pytest.raises(ValueError, match="overlaps the next one of its device"):
        function(captured, pictures, [*stays, stays[0]])
    if function is not a.saturation:
        with pytest.raises(ValueError, match="'sunny' is no clock"):
            function(captured, pictures, stays, clock="sunny")


def test_a_clock_by_the_sun_needs_a_position(season: Season) -> None:
    stays = [{key: value for key, value in row.items() if key not in ("lat", "lng")} for row in season.deployments()]
    assert a.diel_profile(season.captures(), season.images(), stays).captures.sum() == 96
    with pytest.raises(ValueError, match="clock 'wzt' takes positions: add columns 'lat' and 'lng'"):
        a.diel_profile(season.captures(), season.images(), stays, clock="wzt")
    swapped = [{**row, "lat": LNG, "lng": LAT} for row in season.images()]
    with pytest.warns(a.AnalysisWarning, match="swapped"):
        assert a.diel_profile(season.captures(), swapped, stays, clock="wzt").captures.sum() == 96


def test_datetimes_in_all_forms(season: Season) -> None:
    wanted = a.diel_profile(season.captures(), season.images(), season.deployments())

    def written(rows: list[dict[str, object]], form: object) -> pd.DataFrame:
        return pd.DataFrame(rows).map(lambda value: form(value) if isinstance(value, datetime) else value)

    for form in (
        lambda moment: f"{moment:%Y-%m-%d_%H-%M-%S}",
        lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        lambda moment: pd.Timestamp(moment, tz="UTC").tz_convert("America/Vancouver"),
    ):
        tables = [written(rows, form) for rows in (season.captures(), season.images(), season.deployments())]
        pd.testing.assert_frame_equal(a.diel_profile(*tables), wanted)


@settings(max_examples=15, deadline=None)
@given(st.floats(-0.001, 0.01), st.integers(0, 100))
def test_saturation_finds_the_fall(fall: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    stays, pictures, caught = [], [], []
    for index in range(12):
        device, n = f"{index:08x}", 0
        stays.append({**WEEK, "device": device})
        for step in range(7 * 48):
            image = {"device": device, "datetime": START + STEP * step}
            pictures.append(image)
            new = int(rng.poisson(1.5 * np.exp(-fall * n)))
            caught += [image] * new
            n += new
    found = a.saturation(caught, pictures, stays, n_bootstrap=0)
    assert found.fall == pytest.approx(fall, abs=0.0012)


def test_period_of_a_sine() -> None:
    hours = np.arange(0, 120, 0.3)
    rates = pd.concat(
        [
            pd.DataFrame({"id": each, "t": 3600 * hours, "dN": 5 + np.sin(2 * np.pi * (hours - each) / 22)})
            for each in range(3)
        ]
    )
    (row,) = a.period(rates.assign(all="x"), group="all", time="t", value="dN").itertuples()
    assert row.period == pytest.approx(22, abs=0.4) and row.n == 3
    with pytest.raises(ValueError, match="too short for lags up to 32 h"):
        a.period(rates[rates.t < 30 * 3600], time="t", value="dN")
    with pytest.raises(ValueError, match="rates: no column 'rate'"):
        a.period(rates, time="t")
