"""docs/analysis.md does what it says, from a server to the figures; and so does the whole published season."""

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sticky_pi_api import analysis as a
from sticky_pi_api.client import LocalClient, RemoteClient
from sticky_pi_api.core.formats import image_name, parse_datetime
from tests.analysis.conftest import EIGHT, Paper
from tests.analysis.season import Season, upload
from tests.client.samples import jpeg
from tests.services import ROOT
from tests.services.server import ADMIN, Server

PAGE = ROOT / "docs" / "analysis.md"
CALL = 'RemoteClient("sticky-pi-cache", "sticky-pi.example.org", "me", "my password")'


@pytest.mark.slow
def test_from_a_server_to_the_figures(
    server_of: Callable[[str], Server], season: Season, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_of("sqlite-disk")
    server.reset()
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        upload(client, season, tmp_path / "files")
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        pd.DataFrame(season.deployments()).to_csv("deployments.csv", index=False)
        names = run_page(PAGE, client)
    niches = names["niches"]
    assert isinstance(niches, a.TemporalNiches) and niches.captures.sum() == 96
    wanted = a.temporal_niches(season.captures(), season.images(), season.deployments(), taxa=niches.captures.index)
    pd.testing.assert_frame_equal(niches.configuration, wanted.configuration)
    written = {path.name for path in Path().iterdir()} - {"deployments.csv"}
    assert written == set(re.findall(r'"([a-z]+\.(?:svg|png|mp4))"', PAGE.read_text())) and len(written) == 11


def run_page(page: Path, client: RemoteClient) -> dict[str, object]:
    """Runs the blocks of a page, with this client for the one that it makes; their variables."""
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) > 4 and sum(block.count(CALL) for block in blocks) == 1
    names: dict[str, object] = {"the_client": client}
    for block in blocks:
        exec(compile(block.replace(CALL, "the_client"), str(page), "exec"), names)
    return names


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sticky_pi_api.analysis.AnalysisWarning")
def test_from_a_running_server_to_figure_6(
    server_of: Callable[[str], Server], paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_of("sqlite-disk")
    server.reset()
    monkeypatch.chdir(tmp_path)
    for name in ("images.csv", "itc_labels.csv"):
        Path(name).write_bytes(gzip.decompress((paper.folder / f"{name}.gz").read_bytes()))
    shutil.copy(paper.folder / "deployments.csv", "deployments.csv")
    server.manage("import_images", str(tmp_path / "images.csv"), f"--user={ADMIN[0]}")
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        names = run_page(ROOT / "docs" / "season.md", client)
        assert len(client.get_tiled_tuboid_series(names["season"])) == 7_504
    niches = names["niches"]
    assert isinstance(niches, a.TemporalNiches) and niches.correlation > 0.985
    files = a.captures(paper.tuboids), paper.images, paper.deployments
    wanted = a.temporal_niches(*files, taxa=niches.captures.index, n_bootstrap=5)
    pd.testing.assert_frame_equal(niches.configuration, wanted.configuration)
    output = ROOT / "output"
    output.mkdir(exist_ok=True)
    shutil.copy("figure-6.png", output / "figure-6.png")  # to look at


@pytest.mark.slow
def test_the_published_season_through_the_operations(paper: Paper, tmp_path: Path) -> None:
    """All images, tuboids and labels, uploaded and asked for again: the same figure as of the files."""
    files = tmp_path / "files"
    files.mkdir()
    picture = jpeg(size=(16, 12))
    with LocalClient(tmp_path / "client") as client:
        moments = paper.images.datetime.map(parse_datetime)
        paths = [files / image_name(*row) for row in zip(paper.images.device, moments, strict=True)]
        for path in paths:
            path.write_bytes(picture)
        assert len(client.put_images(paths)) == 19_631
        _upload_tuboids(client, paper, files)
        season = [{"device": "%", "start_datetime": "2020-06-24", "end_datetime": "2020-07-23"}]
        captured = a.captures(client.get_tiled_tuboid_series_itc_labels(season))
        images = client.get_image_series(season)
    assert len(captured) == 7_504 and len(images) == 19_631
    of_files = a.captures(paper.tuboids)
    taxa = of_files.taxon[of_files.label.isin(EIGHT)].unique()
    niches, wanted = (
        a.temporal_niches(*each, paper.deployments, taxa=taxa, n_bootstrap=5)
        for each in ((captured, images), (of_files, paper.images))
    )
    assert np.allclose(niches.configuration, wanted.configuration) and niches.correlation > 0.99


def _upload_tuboids(client: LocalClient, paper: Paper, folder: Path) -> None:
    mosaic, context = jpeg(size=(224, 224)), jpeg(size=(16, 12))
    rows = paper.tuboids.assign(series=paper.tuboids.tuboid_id.str.rpartition(".")[0])
    for _, of_series in rows.groupby("series"):
        first = of_series.iloc[0]
        info = {
            **{name: first[f"{name}_series"] for name in ("device", "algo_name", "algo_version")},
            **{name: parse_datetime(first[f"{name}_series"]) for name in ("start_datetime", "end_datetime")},
            "n_images": 500,
            "n_tuboids": int(first.n_tuboids_series),
        }
        directories = []
        for row in of_series.itertuples():
            directories.append(folder / row.tuboid_id)
            directories[-1].mkdir()
            (directories[-1] / "tuboid.jpg").write_bytes(mosaic)
            (directories[-1] / "context.jpg").write_bytes(context)
            moments = dict.fromkeys(parse_datetime(each) for each in (row.start_datetime, row.end_datetime))
            lines = [f"{image_name(row.device_series, each).removesuffix('.jpg')},8,6,1\n" for each in moments]
            (directories[-1] / "metadata.txt").write_text("".join(lines))
        client.put_tiled_tuboids(directories, info)
    labels = rows[[column for column in rows if column.endswith("_itc")]].rename(columns=lambda name: name[:-4])
    labels = labels[["algo_name", "algo_version", "label", "pattern", "type", "order", "family", "genus", "species"]]
    labels = labels.astype(object).where(labels.notna(), None).assign(tuboid_id=rows.tuboid_id)
    client.put_itc_labels(labels.to_dict("records"))
