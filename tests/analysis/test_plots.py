"""Every plot draws, whole and legible, and leaves the style of its caller alone."""

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sticky_pi_api import analysis as a
from tests.analysis.season import LAT, LNG, Season


def tables(season: Season) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame(season.captures()), pd.DataFrame(season.images()), pd.DataFrame(season.deployments())


def matches() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    found = pd.DataFrame({"in_truth": rng.random(200) < 0.8, "area": rng.lognormal(7, 1, 200)})
    return found.assign(in_found=~found.in_truth | (rng.random(200) < 0.9))


def rates() -> pd.DataFrame:
    hours = np.arange(0, 90, 0.5)
    wave = [pd.DataFrame({"id": each, "t": 3600 * hours, "rate": np.sin(hours / 3.8 + each)}) for each in range(3)]
    return pd.concat(wave).assign(condition="DD")


PLOTS: dict[str, Callable[[Season], Figure]] = {
    "captures": lambda season: a.plot_captures(season.captures()),
    "effort": lambda season: a.plot_effort(a.effort(season.images(), season.deployments())),
    "daily_captures": lambda season: a.plot_daily_captures(a.daily_captures(*tables(season)), n_taxa=3),
    "diel_profile": lambda season: a.plot_diel_profile(a.diel_profile(*tables(season), clock="America/Vancouver")),
    "share_in_window": lambda season: a.plot_share_in_window(a.share_in_window(*tables(season), window=(22, 2))),
    "temporal_niches": lambda season: a.plot_temporal_niches(a.temporal_niches(*tables(season), n_bootstrap=20)),
    "niches_alone": lambda season: a.plot_temporal_niches(a.temporal_niches(*tables(season), n_bootstrap=0)),
    "period": lambda season: a.plot_period(rates(), group="condition", time="t"),
    "period_of_each": lambda season: a.plot_period(rates(), time="t"),
    "saturation": lambda season: a.plot_saturation(a.saturation(*tables(season), n_bootstrap=20)),
    "detection_quality": lambda season: a.plot_detection_quality(a.detection_quality(matches(), by_area=5)),
    "confusion": lambda season: a.plot_confusion(a.confusion(pd.Series(list("aabbcc")), pd.Series(list("aabbca")))),
    "sun_times": lambda season: a.plot_sun_times(a.sun_times("2020-01-01", "2020-12-31", 70, LNG)),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot(name: str, season: Season) -> None:
    style = dict(mpl.rcParams)
    figure = PLOTS[name](season)
    figure.canvas.draw()
    assert dict(mpl.rcParams) == style
    width, height = figure.canvas.get_width_height()
    assert len(np.unique(np.asarray(figure.canvas.buffer_rgba()).reshape(-1, 4), axis=0)) > 10
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    assert not any(axes.spines["top"].get_visible() for axes in panels) and mpl.rcParams["axes.spines.top"]
    for axes in panels:
        box = axes.get_window_extent()  # what constrained layout cannot fit, it squashes
        assert box.width > 20 and box.height > height / 12, axes
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


def test_axes_say_what_they_show(season: Season) -> None:
    said = {name: plot(season) for name, plot in PLOTS.items()}
    for name, figure in said.items():
        texts = [figure.get_supxlabel(), figure.get_supylabel()]
        texts += [text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel())]
        names_are_labels = name in ("captures", "share_in_window", "effort", "sun_times")  # of taxa, traps, days
        assert len([text for text in texts if text]) >= (1 if names_are_labels else 2), name
    niches = said["temporal_niches"].axes[0]
    assert {"Culicidae (12)", "Muscidae (12)"} <= {text.get_text() for text in niches.texts}
    assert a.sun_times("2020-06-01", "2020-06-02", LAT, LNG).polar.isna().all()
