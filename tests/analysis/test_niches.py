"""Temporal niches of a simulated season."""

import numpy as np
import pandas as pd
import pytest

from sticky_pi_api import analysis as a
from tests.analysis.season import Season


def test_a_map_of_the_season(season: Season) -> None:
    tables = season.captures(), season.images(), season.deployments()
    niches = a.temporal_niches(*tables, n_bootstrap=30)
    assert niches.profiles.shape == (24, 8) and niches.configuration.columns.tolist() == ["D1", "D2"]
    assert niches.distances.index.equals(niches.configuration.index) and len(niches.replicates) == 30 * 8
    assert niches.captures.sum() == 96 and 0 <= niches.stress < 0.3
    assert np.allclose(niches.configuration.mean(), 0) and niches.ellipses().notna().all(axis=None)
    again = a.temporal_niches(*tables, n_bootstrap=30)
    pd.testing.assert_frame_equal(niches.replicates, again.replicates)
    by_zone = a.temporal_niches(*tables, n_bootstrap=0, clock="America/Vancouver")  # the same hours, shifted by seven
    assert np.allclose(by_zone.distances, niches.distances) and by_zone.replicates.empty


def test_distances_of_three_taxa_are_exact(season: Season) -> None:
    taxa = ["Culicidae", "Muscidae", "Psychodidae"]
    niches = a.temporal_niches(season.captures(), season.images(), season.deployments(), taxa=taxa, n_bootstrap=0)
    for one, other in (taxa[:2], taxa[1:], taxa[::2]):
        apart = np.hypot(*(niches.configuration.loc[one] - niches.configuration.loc[other]))
        assert apart == pytest.approx(niches.distances.loc[one, other], abs=0.01)


def test_what_cannot_be_mapped_says_why(season: Season) -> None:
    tables = season.captures(), season.images(), season.deployments()
    with pytest.raises(ValueError, match="no correlation with others: 'Elateridae'"):
        a.temporal_niches(*tables, taxa=["Culicidae", "Muscidae", "Elateridae"])
    with pytest.raises(ValueError, match="at least three taxa; there are 2"):
        a.temporal_niches(*tables, taxa=["Culicidae", "Muscidae"])
    with pytest.raises(ValueError, match="it takes a list of taxa"):
        a.temporal_niches(*tables, taxa="Culicidae")
    by_day = [row for row in tables[1] if 12 <= row["datetime"].hour < 24]
    caught = [row for row in tables[0] if 12 <= row["datetime"].hour < 24]
    with pytest.raises(ValueError, match="no deployment has images in hours"):
        a.temporal_niches(caught, by_day, tables[2], taxa=["Muscidae", "Syrphidae", "Sciaridae"])
