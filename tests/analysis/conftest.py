"""The published season, beside the checkout, and a short one of our own."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tests.analysis.season import Season
from tests.services import ROOT

plt.switch_backend("Agg")
EIGHT = (2, 6, 7, 8, 9, 10, 16, 17)  # labels of figure 6


class Paper:
    """The data of Geissmann et al. (2022)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images = self.read("images.csv.gz")
        self.tuboids = self.read("itc_labels.csv.gz")
        self.deployments = self.read("deployments.csv")

    def read(self, name: str, **options: object) -> pd.DataFrame:
        return pd.read_csv(self.folder / name, **options)


@pytest.fixture(scope="session")
def paper() -> Paper:
    folder = ROOT.parent / "shared" / "paper"
    return Paper(folder) if folder.is_dir() else pytest.skip(f"there are no published data in {folder}")


@pytest.fixture
def season() -> Season:
    return Season()


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    yield
    plt.close("all")
