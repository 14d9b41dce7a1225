"""Work by clients, in a folder and on a server."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.client import LocalClient, RemoteClient
from sticky_pi_api.core.errors import Conflict, InvalidInput, NotFound
from sticky_pi_api.core.work import parse_asked
from tests.analysis.season import Season, upload
from tests.client.samples import DEVICE, VERSION, annotation, write_image
from tests.services.server import ADMIN, Server

Client = LocalClient | RemoteClient
N_IMAGES = 6
CONTOUR = [[1, 1], [5, 1], [3.0, 6]]


@pytest.fixture(params=["folder", "sqlite-disk"])
def client(request: pytest.FixtureRequest, server_of: Callable[[str], Server], tmp_path: Path) -> Iterator[Client]:
    if request.param == "folder":
        with LocalClient(tmp_path / "folder") as local:
            yield local
        return
    server = server_of(request.param)
    server.reset()
    with RemoteClient(tmp_path / "client", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as remote:
        yield remote


@pytest.fixture
def images(client: Client, tmp_path: Path) -> list[dict[str, Any]]:
    files = [write_image(tmp_path, number) for number in range(N_IMAGES)]
    client.put_images(files)
    return sorted(client.get_images([{"device": DEVICE, "datetime": f"{file.name[9:28]}"} for file in files]), key=_id)


def _id(row: dict[str, Any]) -> int:
    return int(row["id"])


def test_all_is_done_once(client: Client, images: list[dict[str, Any]]) -> None:
    seen = []
    for item in client.work("uid", VERSION, device="5c%", n=4):
        assert item.path.name == f"{DEVICE}.{item.datetime:%Y-%m-%d_%H-%M-%S}.jpg" and item.path.stat().st_size > 100
        (row,) = item.done([CONTOUR])
        seen.append((item.id, row["n_objects"]))
    assert seen == [(image["id"], 1) for image in images]
    assert list(client.work("uid", VERSION)) == []
    assert client.annotations(algo_name="uid").count() == N_IMAGES


def test_what_is_left_is_given_back(client: Client, images: list[dict[str, Any]]) -> None:
    for item in client.work("uid", VERSION):
        item.done([])
        break
    again = client.work("uid", VERSION)
    assert next(iter(again)).id == images[1]["id"]
    for item in client.work("uid", VERSION):
        if item.id == images[3]["id"]:
            break
        item.done([])
    with client.work("uid", VERSION) as items:
        left = []
        for item in items:
            left.append(item.id)
            items.stop()
    assert left == [images[3]["id"]]


def test_failures(client: Client, images: list[dict[str, Any]]) -> None:
    tried = []
    for item in client.work("uid", VERSION, n=2):
        tried.append(item.id)
        with item:
            if item.id == images[0]["id"]:
                raise ValueError("no light")
            item.done([])
    assert tried.count(images[0]["id"]) == 3 and len(tried) == N_IMAGES + 2
    with pytest.raises(RuntimeError), client.work("other", VERSION) as items:
        for _ in items:
            raise RuntimeError("broken")
    tried = [item.id for item in client.work("other", VERSION)]
    assert len(tried) == 3 * N_IMAGES - 1, "none is done: each has failed three times"


def test_a_busy_worker_keeps_its_lease_and_a_dead_one_loses_it(client: Client, images: list[dict[str, Any]]) -> None:
    dead = client._work.take(
        "images", parse_asked({"algo_name": "uid", "algo_version": VERSION, "n": 1, "seconds": 10})
    )
    busy, others = iter(client.work("uid", VERSION, n=1, lease=10)), iter(client.work("uid", VERSION))
    kept = next(busy)
    assert [dead.items[0]["id"], kept.id] == [images[0]["id"], images[1]["id"]]
    time.sleep(11)
    again = next(others)
    assert again.id == images[0]["id"], "not the one that is kept"
    late = {"metadata": {**annotation(images[0])["metadata"], "algo_name": "uid", "algo_version": VERSION}}
    late["metadata"]["lease"] = dead.token
    with pytest.raises(Conflict, match="has it until"):
        client.put_uid_annotations([{**late, "annotations": []}])
    assert kept.done([]) and again.done([])


def test_tuboids_and_projects(client: Client, tmp_path: Path) -> None:
    upload(client, Season(), tmp_path / "files")
    n_tuboids = client.tuboids().count()
    (project,) = client.put_projects([{"name": "Hedges"}])
    span = {"start_datetime": "2020-06-24", "end_datetime": "2020-06-25"}
    client.put_project_series([{"project_id": project["id"], "device": DEVICE, **span}])
    label = {"label": 1, "pattern": "Insecta", "type": "Insecta"}
    n_labelled = 0
    for item in client.work("classifier", VERSION, what="tuboids", project=project["id"]):
        assert item.path.suffix == ".jpg" and item.device == DEVICE
        item.done(label)
        n_labelled += 1
    assert 0 < n_labelled < n_tuboids
    assert n_labelled + sum(1 for item in client.work("classifier", VERSION, what="tuboids") if item.done(label)) == (
        n_tuboids
    )
    for wrong in ({"what": "x"}, {"lease": "soon"}, {"lease": 1}, {"n": 0}, {"project": 99}):
        with pytest.raises((InvalidInput, NotFound)):
            next(iter(client.work("uid", VERSION, **wrong)))
