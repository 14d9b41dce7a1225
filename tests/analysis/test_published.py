"""The published figures, from the published data."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist, squareform

from sticky_pi_api import analysis as a
from tests.analysis.conftest import EIGHT, Paper

BY_DAY, EVENING, NIGHT = (
    ("Muscidae", "Halictidae", "Syrphidae"),
    ("Edwardsiana", "Psychodidae"),
    ("Culicidae", "Lepidoptera"),
)


def underscored(texts: Sequence[str]) -> pd.DatetimeIndex:
    return pd.to_datetime(list(texts), format="%Y-%m-%d_%H-%M-%S")


@pytest.fixture(scope="module")
def captured(paper: Paper) -> pd.DataFrame:
    return a.captures(paper.tuboids)


@pytest.fixture(scope="module")
def eight(captured: pd.DataFrame) -> list[str]:
    return captured.taxon[captured.label.isin(EIGHT)].unique().tolist()


def test_the_season(paper: Paper, captured: pd.DataFrame) -> None:
    watched = a.effort(paper.images, paper.deployments)
    assert watched.n_images.sum() == len(paper.images) == 19_631
    assert len(captured) == 7_504 and len(paper.deployments) == 40
    assert captured.taxon.notna().sum() == 7_504 - 985 - 2_125  # background, undefined insects
    assert captured.attrs["labels"]["algorithm"] == "insect-tuboid-classifier"
    stood = underscored(paper.deployments.end_datetime) - underscored(paper.deployments.start_datetime)
    hours = stood.sum() / pd.Timedelta("1h")
    assert hours * 0.99 < watched.hours.sum() + watched.gap_hours.sum() <= hours
    nights = a.daily_captures(captured, paper.images, paper.deployments, clock="utc")
    assert nights.captures.sum() == captured.taxon.notna().sum()
    assert nights.drop_duplicates(["device", "night"]).hours.sum() == pytest.approx(watched.hours.sum())


def test_the_traps_say_swapped_coordinates(paper: Paper) -> None:
    with pytest.warns(a.AnalysisWarning, match=r"EXIF.*lat -121.75.*lng 49.24.*swapped"):
        where = a.positions(paper.deployments, paper.images)
    assert where.lat.between(49.24, 49.25).all() and where.lng.between(-121.76, -121.75).all()
    assert set(where.position) == {"exif", "other traps"}


@pytest.mark.parametrize("clock", ["utc", "wzt"])
@pytest.mark.filterwarnings("ignore::sticky_pi_api.analysis.AnalysisWarning")
def test_temporal_niches(paper: Paper, captured: pd.DataFrame, eight: list[str], clock: str) -> None:
    niches = a.temporal_niches(captured, paper.images, paper.deployments, taxa=eight, n_bootstrap=100, clock=clock)
    on_map = pd.DataFrame(squareform(pdist(niches.configuration)), index=eight, columns=eight)
    pairs = np.triu_indices(8, 1)
    wanted = 1 - np.corrcoef(niches.profiles.to_numpy().T)
    assert np.allclose(wanted, niches.distances)
    correlation = np.corrcoef(on_map.to_numpy()[pairs], wanted[pairs])[0, 1]
    assert correlation == pytest.approx(niches.correlation) and correlation > 0.985
    if clock == "utc":  # that of figure 6; by the sun, moths are between mosquitoes and drain flies
        _is_the_map_of_figure_6(on_map)
    assert {niches.profiles[taxon].idxmax() for taxon in EVENING} <= ({3, 4, 20} if clock == "utc" else {11, 12})
    spread = niches.replicates.set_index("taxon")[["D1", "D2"]] - niches.configuration
    assert np.hypot(spread.D1, spread.D2).groupby("taxon").median().max() < 0.2


def _is_the_map_of_figure_6(on_map: pd.DataFrame) -> None:
    groups = (BY_DAY, EVENING, NIGHT)
    for group, other in itertools.permutations(groups, 2):
        within = max(on_map.loc[one, two] for one, two in itertools.combinations(group, 2))
        between = min(on_map.loc[one, two] for one in group for two in other)
        assert within < between, f"{group} are not nearer to each other than to {other}"


def test_profiles_are_those_of_the_definition(paper: Paper, captured: pd.DataFrame) -> None:
    """Counted again, slowly: mean captures per image, by deployment first."""
    profile = a.diel_profile(captured, paper.images, paper.deployments, taxa=["Culicidae"]).set_index("hour").per_image
    moments = pd.to_datetime(paper.images.datetime)
    caught = captured[captured.taxon == "Culicidae"]
    of_stays = []
    for stay in paper.deployments.itertuples():
        start, end = underscored([stay.start_datetime, stay.end_datetime])
        mine = moments[(paper.images.device == stay.device) & moments.between(start, end)]
        n = caught.datetime[caught.device == stay.device].value_counts().reindex(mine, fill_value=0)
        of_stays.append(n.groupby(n.index.hour).mean())
    assert np.allclose(pd.concat(of_stays, axis=1).mean(axis=1), profile)


def test_periods(paper: Paper) -> None:
    rates = paper.read("lab_captures.csv.gz").merge(paper.read("lab_experiments.csv")[["id", "condition"]], on="id")
    periods = a.period(rates, group="condition", time="t", value="dN").set_index("condition")
    assert periods.period["LD"] == pytest.approx(23.8, abs=0.3) and periods.period["DD"] == pytest.approx(
        23.67, abs=0.3
    )
    assert periods.period.round(2).to_dict() == {"DD": 23.67, "LD": 23.83}  # the published ones, to the step of 10 min
    assert (periods.r > 2 * periods.threshold).all() and (periods.n == 6).all()


def test_detector(paper: Paper) -> None:
    matches = paper.read("detector_validation.csv.gz").rename(columns={"in_gt": "in_truth", "in_im": "in_found"})
    (whole,) = a.detection_quality(matches).itertuples()
    assert (round(100 * whole.recall, 2), round(100 * whole.precision, 2)) == (82.85, 91.19)
    (larger,) = a.detection_quality(matches, without_smallest=0.25).itertuples()
    assert round(100 * larger.recall, 2) == 90.34
    by_area = a.detection_quality(matches, by_area=4)
    assert by_area.n_true.sum() == 5745 and by_area.recall.iloc[0] < 0.65 < 0.9 < by_area.recall.iloc[-1]


def test_classifier(paper: Paper) -> None:
    matrix = paper.read("classifier_confusion.csv", index_col="truth")
    result = a.confusion(matrix)
    assert (result.n_correct, result.n) == (770, 982) and round(100 * result.accuracy, 1) == 78.4
    merged = a.confusion(matrix, merged={"Background": "none", "Insecta": "none"})
    assert round(100 * merged.accuracy, 1) == 83.1 and len(merged.matrix) == 17
