"""The lake: whole, in increments, with deletions, as a transaction; read by DuckDB and by two workers of Dask."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.contours import measure
from sticky_pi_api.client import RemoteClient
from tests.analysis.season import DEVICES, Season, tuboid_id, upload
from tests.client.samples import EVERYTHING
from tests.contract.backends import remote_client
from tests.services import ROOT
from tests.services.server import Server, backends

LATER = "1800000000-" + "c" * 32


@pytest.fixture
def client(server: Server, tmp_path: Path) -> RemoteClient:
    found = remote_client(server, tmp_path / "client")
    upload(found, Season(), tmp_path / "files")
    return found


def read(folder: Path, table: str) -> pd.DataFrame:
    manifest = json.loads((folder / "lake.json").read_text())
    files = [file for month in manifest["tables"][table].values() for file in month["files"]]
    frame = duckdb.sql(f"SELECT * FROM read_parquet({[str(folder / file['path']) for file in files]})").df()
    assert len(frame) == sum(file["rows"] for file in files)
    return frame


def lake(server: Server, folder: Path, *options: str) -> str:
    return server.manage("lake", "--to", str(folder), *options).stdout


@backends("sqlite-disk", "mariadb-disk")
def test_increments_and_deletions(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    folder, images = tmp_path / "lake", client.get_image_series(EVERYTHING)
    assert lake(server, folder).startswith("4 months written")
    assert {path.name for path in folder.glob("images/*/*")} == {"month=06"}
    found = read(folder, "images").sort_values(["device", "datetime"])
    assert list(found.md5) == [row["md5"] for row in images]
    moments = found.datetime.dt.tz_convert("UTC").dt.tz_localize(None)
    assert list(moments) == [row["datetime"] for row in images]
    contours = read(folder, "annotations")
    assert len(contours) == 2 * len(images) and set(contours.parent_image_id) == {row["id"] for row in images}
    captures = read(folder, "captures")
    assert len(captures) == len(Season().insects) and set(captures.algo_name) == {"classifier", "human:ann"}
    assert (captures.algo_name == "human:ann").sum() == len(read(folder, "labels")) - len(captures)

    first = (folder / "lake.json").read_bytes()
    assert lake(server, folder).startswith("0 months written")
    assert (folder / "lake.json").read_bytes() == first

    one = tuboid_id(DEVICES[0], 1)
    label = {"tuboid_id": one, "label": 9, "pattern": "x", "type": "Insecta", "order": "Odonata"}
    client.put_itc_labels([{**label, "algo_name": "human:joe", "algo_version": LATER}])
    assert "2 months written" in lake(server, folder)
    assert read(folder, "captures").set_index("tuboid_id").order[one] == "Odonata"

    client.delete_images([{"device": row["device"], "datetime": row["datetime"]} for row in images[:10]])
    assert "2 months written" in lake(server, folder)
    gone = {row["id"] for row in images[:10]}
    assert set(read(folder, "images").id) == {row["id"] for row in images} - gone
    assert not set(read(folder, "annotations").parent_image_id) & gone

    client.delete_images([{"device": row["device"], "datetime": row["datetime"]} for row in images])
    client.delete_tiled_tuboids(EVERYTHING)
    lake(server, folder, "--keep", "0")
    manifest = json.loads((folder / "lake.json").read_text())
    assert not any(manifest["tables"].values()) and not list(folder.rglob("*.parquet"))


@backends("sqlite-disk")
def test_readers_keep_what_they_read(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    lake(server, folder)
    before = set(folder.rglob("*.parquet"))
    image = client.get_image_series(EVERYTHING)[0]
    client.delete_images([{"device": image["device"], "datetime": image["datetime"]}])
    lake(server, folder)
    assert before < set(folder.rglob("*.parquet")), "an old commit can still be read"
    left = folder / "images" / "year=2020" / "month=06" / "0123456789ab-0000.parquet"
    left.write_bytes(b"what a killed run left")
    assert len(read(folder, "images")) == len(Season().images()) - 1
    assert "0 months written" in lake(server, folder, "--keep", "0")
    counted = {file.name for file in folder.rglob("*.parquet")}
    assert left.name not in counted and len(read(folder, "images")) == len(Season().images()) - 1
    assert len(counted) == len(before)


@backends("sqlite-disk")
def test_what_cannot_be_written_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match=r"the lake cannot be read or written|Not a directory"):
        lake(server, tmp_path / "file")


@backends("mariadb-s3")
def test_from_the_object_store_by_two_workers(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    from dask.distributed import Client, LocalCluster

    server.manage("lake")
    s3 = server.environment
    place = {"endpoint": s3["S3_HOST"], "bucket": s3["S3_BUCKET_NAME"]}
    place |= {"key": s3["S3_ACCESS_KEY"], "secret": s3["S3_PRIVATE_KEY"]}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as workers:
        found: dict[str, Any] = {**place, "workers": workers}
        for script in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "lake.md").read_text(), re.DOTALL):
            exec(script, found)
    theirs = found["by_hour"]
    assert theirs.sum() == len(Season().insects) == found["flights"].n.sum()
    assert {(taxon, hour): n for (taxon, hour), n in theirs.items()} == {
        (row.taxon, row.hour): row.n for row in found["flights"].itertuples()
    }


POINTS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), min_size=1, max_size=30)


@given(POINTS)
def test_measures_of_contours(points: list[tuple[int, int]]) -> None:
    n, area, x, y, left, top, width, height = measure([[list(point)] for point in points])
    shifted = measure([[[px + 7, py + 11]] for px, py in points])
    reversed_ = measure([[list(point)] for point in points[::-1]])
    assert n == len(points) and 0 <= area <= width * height * n
    assert shifted[1] == area and reversed_[1] == area
    assert shifted[2:4] == pytest.approx((x + 7, y + 11), abs=1e-3)
    assert reversed_[2:4] == pytest.approx((x, y), abs=1e-3)
    assert (left, top) == (min(px for px, _ in points), min(py for _, py in points))
    box = measure([[[left, top]], [[left + width, top]], [[left + width, top + height]], [[left, top + height]]])
    assert box[1] == width * height
