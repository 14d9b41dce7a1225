"""`copy` between all pairs of places, on real servers."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.client import BaseClient, LocalClient
from sticky_pi_api.copy import copy
from sticky_pi_api.copy.places import place_of
from sticky_pi_api.core.errors import InvalidInput, PermissionDenied
from sticky_pi_api.core.layout import image_key, tuboid_key
from tests.client.samples import (
    DEVICE,
    EVERYTHING,
    LATER_VERSION,
    START,
    annotation,
    label,
    series_info,
    write_image,
    write_tuboid,
)
from tests.contract.backends import fetch, remote_client
from tests.services.server import Server

OTHER = "0a5bb6f4"
PLACES = ("folder", "sqlite-disk", "mariadb-s3")
PAIRS = [(source, target) for source in PLACES for target in PLACES if source == "folder" or source != target]
OF_A_ROW = {"id", "api_user", "api_user_id", "api_version", "datetime_created", "url"}
ALL = {"images": 12, "annotations": 13, "series": 2, "tuboids": 3, "labels": 4, "bundles": 2}

PlaceOf = Callable[[str], BaseClient]


@pytest.fixture
def place_named(server_of: Callable[[str], Server], tmp_path: Path) -> Iterator[PlaceOf]:
    """An empty place: a new folder at each call, or the server of a backend."""
    with ExitStack() as stack:
        folders: list[Path] = []

        def get(kind: str) -> BaseClient:
            folders.append(tmp_path / f"place-{len(folders)}")
            if kind == "folder":
                return stack.enter_context(LocalClient(folders[-1]))
            server = server_of(kind)
            server.reset()
            return stack.enter_context(remote_client(server, folders[-1]))

        yield get


def fill(client: BaseClient, folder: Path) -> None:
    """Images of two traps, annotations, a series with tuboids and one without, labels, a bundle."""
    images = client.put_images(
        [
            write_image(folder / "card", number * 1000, device, colour=("red", "green")[number % 2])
            for device in (DEVICE, OTHER)
            for number in range(6)
        ]
    )
    client.put_uid_annotations([*map(annotation, images), annotation(images[0], 3, LATER_VERSION)])
    tuboids = client.put_tiled_tuboids([write_tuboid(folder / "tuboids", number) for number in range(3)], series_info())
    labels = [label(row["tuboid_id"]) for row in tuboids]
    client.put_itc_labels([*labels, label(tuboids[0]["tuboid_id"], LATER_VERSION, pattern="Insecta")])
    nothing = series_info(device=OTHER, n_images=7, n_tuboids=0)
    place_of(client).put_tuboid_series([nothing])
    (folder / "bundle" / "data").mkdir(parents=True)
    (folder / "bundle" / "data" / "one.txt").write_text("one")
    (folder / "bundle" / "data" / "large.db").write_bytes(bytes(9 << 20))
    for path in (folder / "bundle" / "data").iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    client.put_ml_bundle_dir("detector", folder / "bundle")


def contents(client: BaseClient) -> dict[str, Any]:
    """All that a place has: rows without what is the place's own, and the md5s of files."""
    images = client.get_image_series(EVERYTHING, "image")
    key_of = {row["id"]: (row["device"], row["datetime"]) for row in images}
    annotations = client.get_uid_annotations_series(EVERYTHING, "data")
    tuboids = client.get_tiled_tuboid_series_itc_labels(EVERYTHING, "data")
    series = place_of(client).tuboid_series(place_asked())
    return {
        "images": [_plain(row) for row in images],
        "files": [hashlib.md5(fetch(row["url"])).hexdigest() for row in images],
        "thumbnails": [fetch(row["url"]) for row in client.get_image_series(EVERYTHING, "thumbnail")],
        "annotations": sorted(
            (key_of[row["parent_image_id"]], row["algo_version"], json.dumps(json.loads(row["json"])))
            for row in annotations
        ),
        "series": sorted(tuple(str(row[name]) for name in series_info()) for row in series),
        "tuboids": sorted(
            (row["tuboid_id"], row["n_images_series"], row["n_shots"], row["algo_version_itc"], row["pattern_itc"])
            for row in tuboids
        ),
        "tuboid files": [fetch(row[name]) for row in tuboids for name in ("tuboid", "context", "metadata")],
        "bundles": [
            (file["key"], hashlib.md5(fetch(file["url"])).hexdigest())
            for file in client._get_ml_bundle_file_list("detector", "all")
        ],
    }


def place_asked() -> Any:
    from sticky_pi_api.copy.places import Asked
    from sticky_pi_api.core.formats import parse_datetime

    [info] = EVERYTHING
    return Asked(info["device"], parse_datetime(info["start_datetime"]), parse_datetime(info["end_datetime"]))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OF_A_ROW}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for name in ("raw_images", "tiled_tuboids", "ml")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_all_of_it(place_named: PlaceOf, tmp_path: Path, source: str, target: str) -> None:
    here, there = place_named(source), place_named(target)
    fill(here, tmp_path)
    done = copy(here, there)
    assert done.is_whole and done.copied == ALL and not done.there and done.n_bytes > 9 << 20
    assert contents(there) == contents(here)
    again = copy(here, there)
    assert again.is_whole and not +again.copied and again.there == ALL and not again.n_bytes
    if source == target == "folder":
        assert tree(there.local_dir) == tree(here.local_dir)


@pytest.mark.parametrize("source", PLACES)
def test_damaged_files_of_a_mirror_are_repaired(place_named: PlaceOf, tmp_path: Path, source: str) -> None:
    here, mirror = place_named(source), place_named("folder")
    fill(here, tmp_path)
    copy(here, mirror)
    whole = tree(mirror.local_dir)
    [tuboid_id, *_] = [row["tuboid_id"] for row in mirror.get_tiled_tuboid_series(EVERYTHING)]
    for key in (image_key(DEVICE, START), image_key(DEVICE, START, "thumbnail-mini"), tuboid_key(tuboid_id, "context")):
        path = mirror.local_dir / key
        path.write_bytes(path.read_bytes()[:100])
    (mirror.local_dir / image_key(OTHER, START)).unlink()
    (mirror.local_dir / tuboid_key(tuboid_id, "metadata")).write_text("")
    bundled = mirror.local_dir / "ml" / "detector" / "data" / "one.txt"
    before = bundled.stat()
    bundled.write_text("onf")
    os.utime(bundled, ns=(before.st_mtime_ns, before.st_mtime_ns))
    done = copy(here, mirror)
    assert done.is_whole and done.repaired == {"images": 2, "tuboids": 1} and done.copied["bundles"] == 1
    assert tree(mirror.local_dir) == whole


@pytest.mark.parametrize(
    ("source", "target"), [("folder", "folder"), ("sqlite-disk", "folder"), ("folder", "sqlite-disk")]
)
def test_conflicts_are_told_and_nothing_is_overwritten(
    place_named: PlaceOf, tmp_path: Path, source: str, target: str
) -> None:
    here, there = place_named(source), place_named(target)
    fill(here, tmp_path / "here")
    other = write_image(tmp_path / "there", 0, DEVICE, colour="blue")
    there.put_images([other])
    same = tmp_path / "here" / "card" / write_image(tmp_path / "x", 0, OTHER).name
    [row] = there.put_images([same])
    there.put_uid_annotations([annotation(row, 5)])
    there.put_tiled_tuboids([write_tuboid(tmp_path / "other", 0, (0, 20))], series_info(n_tuboids=2))
    (tmp_path / "bundle" / "data").mkdir(parents=True)
    (tmp_path / "bundle" / "data" / "one.txt").write_text("newer")
    there.put_ml_bundle_dir("detector", tmp_path / "bundle")
    done = copy(here, there)
    assert not done.failures and not done.is_whole
    told = {(problem.what, problem.name.partition(" ")[0]) for problem in done.conflicts}
    ids = sorted(path.name for path in (tmp_path / "here" / "tuboids").iterdir())
    assert told - {("tuboids", tuboid_id) for tuboid_id in ids[1:]} == {
        ("images", other.name),
        ("annotations", other.name),
        ("annotations", same.name),
        ("series", DEVICE),
        ("tuboids", ids[0]),
        ("bundles", "detector/data/one.txt"),
    }
    assert len(told & {("tuboids", tuboid_id) for tuboid_id in ids[1:]}) == 1, "the series takes two tuboids"
    assert fetch(there.get_images([{"device": DEVICE, "datetime": START}], "image")[0]["url"]) == other.read_bytes()
    assert copy(here, there).conflicts == done.conflicts


def test_a_damaged_source_is_told(place_named: PlaceOf, tmp_path: Path) -> None:
    here, there = place_named("folder"), place_named("sqlite-disk")
    fill(here, tmp_path)
    path = here.local_dir / image_key(DEVICE, START)
    path.write_bytes(path.read_bytes()[:-10])
    (here.local_dir / image_key(OTHER, START)).unlink()
    done = copy(here, there, what=["images"])
    assert done.copied == {"images": 10} and not done.conflicts
    assert sorted(problem.name for problem in done.failures) == sorted([path.name, path.name.replace(DEVICE, OTHER)])
    assert any("its md5 is" in problem.detail for problem in done.failures)


@pytest.mark.parametrize("target", ["folder", "sqlite-disk"])
def test_what_is_asked_for(place_named: PlaceOf, tmp_path: Path, target: str) -> None:
    here, there = place_named("folder"), place_named(target)
    fill(here, tmp_path)
    first = copy(here, there, device=f"{DEVICE[:2]}%", end_datetime="2022-06-15", what=["images", "annotations"])
    assert first.copied == {"images": 3, "annotations": 3}
    labels = copy(here, there, what="labels")
    assert not labels.copied["labels"] and len(labels.failures) == 4
    tuboids = copy(here, there, device=DEVICE, what=["tuboids", "labels"])
    assert tuboids.copied == {"series": 1, "tuboids": 3, "labels": 4}
    for arguments, words in (
        ({"what": ["pictures"]}, "takes some of images"),
        ({"start_datetime": "yesterday"}, "not a datetime"),
    ):
        with pytest.raises(InvalidInput, match=words):
            copy(here, there, **arguments)
    with pytest.raises(InvalidInput, match="to itself"):
        copy(here, LocalClient(here.local_dir))


def test_who_may_not_write_is_told(server_of: Callable[[str], Server], place_named: PlaceOf, tmp_path: Path) -> None:
    here, admin = place_named("folder"), place_named("sqlite-disk")
    fill(here, tmp_path)
    admin.put_users([{"username": "reader", "password": "reads only", "can_write": False}])
    reader = remote_client(server_of("sqlite-disk"), tmp_path / "r", username="reader", password="reads only")
    with reader as there, pytest.raises(PermissionDenied):
        copy(here, there)


def test_a_server_does_not_choose_where_files_go(place_named: PlaceOf, tmp_path: Path, monkeypatch: Any) -> None:
    here, there = place_named("sqlite-disk"), place_named("folder")
    fill(here, tmp_path)
    ask = here.get_image_series
    monkeypatch.setattr(here, "get_image_series", lambda *args: [{**row, "device": "../../x"} for row in ask(*args)])
    with pytest.raises(InvalidInput, match="not a device"):
        copy(here, there)
