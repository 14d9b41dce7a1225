"""Tables of a folder and of a server: the rows of the operations, in every form."""

import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sticky_pi_api.client import BaseClient, LocalClient, RemoteClient
from sticky_pi_api.core.errors import InvalidInput, NotFound
from sticky_pi_api.core.joins import with_labels
from tests.analysis.season import DEVICES, START, Season, upload
from tests.services.server import ADMIN, Server

EVER = [{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}]


def remote(server: Server, folder: Path) -> RemoteClient:
    return RemoteClient(folder, "127.0.0.1", *ADMIN, protocol="http", port=server.port)


@pytest.fixture(params=["folder", "sqlite-disk", pytest.param("mariadb-s3", marks=pytest.mark.slow), "without tables"])
def client(
    request: pytest.FixtureRequest,
    server_of: Callable[[str], Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[BaseClient]:
    """With a season."""
    if request.param == "folder":
        opened: BaseClient = LocalClient(tmp_path / "folder")
    else:
        server = server_of("sqlite-disk" if request.param == "without tables" else request.param)
        server.reset()
        opened = remote(server, tmp_path / "client")
        if request.param == "without tables":
            refuse(opened, monkeypatch)
    with opened:
        upload(opened, Season(), tmp_path / "files")
        yield opened


def refuse(client: RemoteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a server that has pages only."""
    real = client._http.get

    def get(path: str, query: dict[str, str]) -> Any:
        if path.endswith("/count/"):
            raise NotFound("there is no such image")
        return real(path, query)

    def get_file(*arguments: Any) -> None:
        raise NotFound("there is no such form")

    monkeypatch.setattr(client._http, "get", get)
    monkeypatch.setattr(client._http, "get_file", get_file)


def without_links(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("url", "tuboid", "context", "metadata")}


def test_rows_are_those_of_the_operations(client: BaseClient) -> None:
    images = client.get_image_series(EVER)
    tuboids = client.get_tiled_tuboid_series(EVER)
    labels = client._get_itc_labels([{"tuboid_id": row["tuboid_id"]} for row in tuboids])
    joined = with_labels(tuboids, labels)
    assert list(client.images()) == [without_links(row) for row in images] and client.images().count() == len(images)
    assert (
        list(client.tuboids()) == [without_links(row) for row in tuboids]
        and client.tuboids().count() == len(tuboids) == 96
    )
    found = list(client.labels())
    assert client.labels().count() == len(found) == len(labels)
    assert {(row["id"], row["tuboid_id"], row["start_datetime"]) for row in found} == {
        (row["id_itc"], row["tuboid_id"], row["start_datetime"]) for row in joined
    }
    annotated = client.get_images_with_uid_annotations_series(EVER, what_annotation="data")
    contours = list(client.annotations(columns=["parent_image_id", "device", "datetime", "json"]))
    assert contours == [
        {"parent_image_id": row["id"], "json": row["json"], "device": row["device"], "datetime": row["datetime"]}
        for row in annotated
    ]
    assert "json" not in next(iter(client.annotations()))


def test_what_is_asked_for(client: BaseClient) -> None:
    noon = START + timedelta(hours=14)
    few = client.images(f"{DEVICES[0][:2]}%", noon, "2020-06-25_14-00-00")
    assert [row["datetime"] for row in few] == [noon, *(noon + timedelta(minutes=30 * n) for n in (1, 2, 3))]
    assert {row["device"] for row in few} == {DEVICES[0]}
    day = START, START + timedelta(days=1)
    caught = [one for one in Season().insects if day[0] <= one.start < day[1]]
    assert client.tuboids(captured_between=day).count() == len(caught)
    people = client.labels(captured_between=day, algo_name="human:ann")
    assert {row["algo_name"] for row in people} == {"human:ann"} and 0 < people.count() < len(caught)
    assert client.annotations(algo_name="nobody").count() == 0 and list(client.labels("ffffffff")) == []
    for wrong, said in (
        (lambda: client.images("5c%", "2020-06-26", "2020-06-25"), "is not before end"),
        (lambda: client.images(columns=["temperature"]), "images have no column 'temperature'"),
        (lambda: client.labels().download("x"), "labels have no files"),
        (lambda: client.images().download("x", "thumb"), "images have image, thumbnail"),
    ):
        with pytest.raises(InvalidInput, match=said):
            wrong()


def test_each_form_has_the_same(client: BaseClient, tmp_path: Path) -> None:
    table = client.images(columns=["device", "datetime", "temp", "but", "width"])
    frame = table.to_pandas()
    pd.testing.assert_frame_equal(frame, pd.DataFrame(list(table)).astype(frame.dtypes))
    assert frame.datetime.dt.tz is None and frame.datetime.min() == START
    written, arrow = pq.read_table(table.to_parquet(tmp_path / "out")), table.to_arrow()
    assert written.cast(arrow.schema).equals(arrow), "Parquet has no seconds"
    assert client.images("ffffffff").to_pandas().columns.tolist() == list(client.images().query.columns)
    (project,) = client.put_projects([{"name": "Hedges"}])
    stay = {"device": DEVICES[0], "start_datetime": START, "end_datetime": START + timedelta(days=3)}
    client.put_project_series([{"project_id": project["id"], **stay}])
    deployments = client.deployments(project["id"])
    assert deployments.count() == 1 and deployments.to_pandas().device.tolist() == [DEVICES[0]]
    assert pq.read_table(deployments.to_parquet(tmp_path / "out")).num_rows == 1


def test_downloads(client: BaseClient, tmp_path: Path) -> None:
    few = client.images(DEVICES[0], START, START + timedelta(hours=3))
    assert few.download(tmp_path / "images", "thumbnail") == few.count() == 6
    assert len(list((tmp_path / "images" / DEVICES[0]).glob("*.thumbnail"))) == 6
    assert few.download(tmp_path / "images", "thumbnail") == 0
    tuboids = client.tuboids(DEVICES[0], (START, START + timedelta(days=1)))
    assert tuboids.download(tmp_path / "tuboids") == tuboids.count() > 3
    assert {len(list(each.iterdir())) for each in (tmp_path / "tuboids").iterdir()} == {3}
    assert tuboids.download(tmp_path / "tuboids") == 0


def test_clients_can_be_pickled(client: BaseClient) -> None:
    with pickle.loads(pickle.dumps(client)) as copy:
        assert type(copy) is type(client)
        assert copy.get_image_series(EVER) == client.get_image_series(EVER)
        table = pickle.loads(pickle.dumps(client.images(start=datetime(2020, 6, 26))))
        assert table.count() == client.images(start=datetime(2020, 6, 26)).count()
