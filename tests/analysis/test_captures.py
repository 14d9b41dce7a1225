"""Captures from the rows of a client: who is asked what an insect is, and how long it is."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sticky_pi_api import analysis as a
from sticky_pi_api.client import LocalClient
from tests.analysis.season import DAYS, START, Season, upload

OLD, NEW = ("1600000000-" + "a" * 32), ("1700000000-" + "a" * 32)


def row(tuboid: str, algo: str | None, version: str | None = None, **ranks: str) -> dict[str, Any]:
    taxonomy = dict.fromkeys(("order", "family", "genus", "species")) | {"type": "Insecta" if algo else None} | ranks
    series = {"device_series": "5c173ff2", "start_datetime": START, "end_datetime": START, "n_shots": 1}
    label = {"algo_name": algo, "algo_version": version, "label": 3, **taxonomy}
    return {"tuboid_id": tuboid, **series, **{f"{name}_itc": value for name, value in label.items()}}


ROWS = [
    row("1", "net", OLD, order="Diptera", family="Muscidae"),
    row("1", "net", NEW, order="Diptera", family="Syrphidae"),
    row("1", "human:ann", OLD, order="Diptera", family="Drosophilidae", genus="Drosophila", species="suzukii"),
    row("1", "human:bob", NEW, order="Diptera", family="Drosophilidae", genus="Drosophila"),
    row("2", "net", OLD, order="Lepidoptera"),
    row("3", None),
    row("4", "net", NEW),
    row("5", "net", NEW, type="Background"),
]


def taxa(**options: Any) -> list[str | None]:
    found = a.captures(ROWS, **options)
    assert found.tuboid_id.tolist() == list("12345")
    return [None if taxon != taxon else taxon for taxon in found.taxon]


def test_people_are_asked_first_then_a_version() -> None:
    assert taxa() == ["Drosophila", "Lepidoptera", None, None, None]  # bob's is the latest of people
    assert taxa(people=False) == ["Syrphidae", "Lepidoptera", None, None, None]
    assert taxa(people=False, algorithm=("net", OLD)) == ["Muscidae", "Lepidoptera", None, None, None]
    assert taxa(rank="order") == ["Diptera", "Lepidoptera", None, None, None]
    assert taxa(rank="type") == ["Insecta", "Insecta", None, "Insecta", None]
    found = a.captures(ROWS[:3])
    assert found.taxon.tolist() == ["Drosophila suzukii"]
    assert found.labelled_by.tolist() == ["human:ann"]
    assert found.attrs["labels"] == {"people": True, "algorithm": "net", "version": "latest", "rank": "narrowest"}
    (by_net,) = a.captures(ROWS[:3], people=False, algorithm=("net", OLD)).labelled_by
    assert by_net == f"net {OLD}"


def test_a_choice_that_cannot_be_made_says_what_there_is() -> None:
    with pytest.raises(ValueError, match="several algorithms: choose algorithm='net' or 'other'"):
        a.captures([*ROWS, row("1", "other", OLD)])
    with pytest.raises(ValueError, match=f"no label is by net 1; there are net: {OLD}, {NEW}"):
        a.captures(ROWS, algorithm=("net", "1"))
    with pytest.raises(ValueError, match="'phylum' is no rank: it takes type, order"):
        a.captures(ROWS, rank="phylum")
    with pytest.raises(ValueError, match="tuboids: no column 'label_itc'"):
        a.captures([{key: value for key, value in each.items() if key != "label_itc"} for each in ROWS])
    assert a.captures([]).empty


def test_from_a_client_with_lengths(season: Season, tmp_path: Path) -> None:
    with LocalClient(tmp_path / "client") as client:
        upload(client, season, tmp_path / "files")
        info = [{"device": "%", "start_datetime": START, "end_datetime": f"2020-06-{24 + DAYS + 1}"}]
        rows = client.get_tiled_tuboid_series_itc_labels(info, what="data")
        found = a.captures(rows, shots=a.read_shots(rows, client), pixels_per_mm={"5c173ff2": 20.0})
    assert len(found) == len(season.insects) and (found.labelled_by == "human:ann").sum() == 24
    wanted = sorted(224 / one.scale for one in season.insects)
    assert np.allclose(sorted(found.length_px), wanted)
    mine = found[found.device == "5c173ff2"]
    assert np.allclose(mine.length_mm, mine.length_px / 20)
    assert found.length_mm.notna().sum() == len(mine)  # only where the scale is known
    assert found.taxon.value_counts().to_dict() == {row["taxon"]: 12 for row in season.captures()}


def test_without_the_extra_the_error_says_what_to_install() -> None:
    script = "import sys; sys.modules['ephem'] = None; import sticky_pi_api.analysis"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "ImportError: sticky_pi_api.analysis needs packages that are not installed (ephem)" in done.stderr
    assert "pip install 'sticky-pi-api[analysis]'" in done.stderr
