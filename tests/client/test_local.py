"""A folder, through all operations."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sticky_pi_api.client import LocalClient
from sticky_pi_api.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied, TooLarge, Unavailable
from sticky_pi_api.core.layout import image_keys, tuboid_keys
from sticky_pi_api.local.store import Rows
from tests.client.samples import (
    DEVICE,
    EVERYTHING,
    LATER_VERSION,
    START,
    VERSION,
    annotation,
    jpeg,
    label,
    series_info,
    write_image,
    write_tuboid,
)


@pytest.fixture
def client(tmp_path: Path) -> LocalClient:
    return LocalClient(tmp_path / "local", n_threads=4)


def files(client: LocalClient) -> set[str]:
    folders = [client.local_dir / name for name in ("raw_images", "tiled_tuboids", "ml", ".incoming")]
    return {
        path.relative_to(client.local_dir).as_posix() for top in folders for path in top.rglob("*") if path.is_file()
    }


def test_users(client: LocalClient) -> None:
    (made,) = client.put_users([{"username": "Ann", "password": "secret", "email": "ann@example.org"}])
    assert made["username"] == "ann" and made["can_write"] is True and made["is_admin"] is False
    client.put_users([{"username": "bob", "password": "secret", "is_admin": True}])
    assert [row["username"] for row in client.get_users()] == ["ann", "bob"]
    assert [row["username"] for row in client.get_users([{"username": "x%"}, {"is_admin": True}])] == ["bob"]
    with pytest.raises(Conflict) as raised:
        client.put_users([{"username": "cy", "password": "secret"}, {"username": "ANN", "password": "secret"}])
    assert [item["index"] for item in raised.value.items] == [1] and len(client.get_users()) == 2
    assert b"secret" not in (client.local_dir / "database.db").read_bytes()
    assert set(client.get_token()) == {"token", "expiration"}


def test_who_acts_need_not_be_a_user_of_the_folder(client: LocalClient, tmp_path: Path) -> None:
    path = write_image(tmp_path)
    with pytest.raises(PermissionDenied, match="_put_new_images takes the role: can_write or admin"):
        client.put_images([path], client_info={"username": "ann", "can_write": False})
    (row,) = client.put_images([path], client_info={"username": "ann"})
    assert row["api_user"] == "ann"
    with pytest.raises(PermissionDenied, match="admin"):
        client.delete_images([row], client_info={"username": "ann"})
    assert client.delete_images([row], client_info={"username": "ann", "is_admin": np.True_}) == [row]


def test_images(client: LocalClient, tmp_path: Path) -> None:
    paths = [write_image(tmp_path, number) for number in range(3)]
    rows = client.put_images(paths)
    assert [Path(row["url"]).read_bytes() for row in client.get_images(rows, "image")] == [
        p.read_bytes() for p in paths
    ]
    assert files(client) == {key for row in rows for key in image_keys(row["device"], row["datetime"])}
    assert client.put_images(paths) == []
    table = pd.DataFrame(rows)
    assert client.get_images(table.to_dict("records")) == client.get_image_series(EVERYTHING)
    deleted = client.delete_images(table.iloc[:2].to_dict("records"))
    assert deleted == rows[:2] and files(client) == set(image_keys(DEVICE, rows[2]["datetime"]))


def test_put_images_uploads_all_it_can_and_says_the_rest(client: LocalClient, tmp_path: Path) -> None:
    client.put_images([write_image(tmp_path / "first")])
    other, good = write_image(tmp_path / "second", colour="red"), write_image(tmp_path / "second", 1)
    corrupt, twice = write_image(tmp_path / "second", 2), write_image(tmp_path / "third", 1, colour="red")
    corrupt.write_bytes(corrupt.read_bytes()[:-50])
    with pytest.raises(Conflict) as raised:
        client.put_images([other, good, corrupt, "absent.jpg", twice, tmp_path / "second" / good.name])
    assert [item["index"] for item in raised.value.items] == [0, 2, 3, 4]
    assert [item["code"] for item in raised.value.items] == ["conflict", "truncated", "invalid", "conflict"]
    assert [row["datetime"] for row in raised.value.rows] == [
        row["datetime"] for row in client.get_images(raised.value.rows)
    ]
    assert len(client.get_image_series(EVERYTHING)) == 2


def test_new_images_are_stored_all_or_none(client: LocalClient, tmp_path: Path) -> None:
    first, second = write_image(tmp_path), write_image(tmp_path, 1)
    second.write_bytes(b"\xff\xd8\xff no picture")
    for bad, error in (([first, second], InvalidInput), ([first, first], InvalidInput), ([first, "x"], InvalidInput)):
        with pytest.raises(error):
            client._put_new_images(bad)
    second.write_bytes(jpeg() + bytes(20_000_000))
    with pytest.raises(TooLarge):
        client._put_new_images([first, second])
    assert files(client) == set() and client.get_image_series(EVERYTHING) == []


def test_a_failure_at_any_step_leaves_nothing(
    client: LocalClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write_image(tmp_path, number) for number in range(2)]
    link, insert, images = os.link, Rows.insert, Rows.images
    for step in range(1, 11):
        steps = iter(range(1, 11))

        def fail() -> None:
            if next(steps) == step:  # noqa: B023
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "link", lambda *a: (fail(), link(*a)))
        monkeypatch.setattr(Rows, "insert", lambda *a: (fail(), insert(*a)))
        monkeypatch.setattr(Rows, "images", lambda *a: (fail(), images(*a))[1])
        with pytest.raises(Unavailable, match="No space left"):
            client._put_new_images(paths)
        monkeypatch.undo()
        assert files(client) == set() and client.get_image_series(EVERYTHING) == [], step
    assert len(client._put_new_images(paths)) == 2


def test_a_different_file_without_row_is_not_overwritten(client: LocalClient, tmp_path: Path) -> None:
    path = write_image(tmp_path)
    there = client.local_dir / image_keys(DEVICE, START)[0]
    there.parent.mkdir(parents=True)
    there.write_bytes(b"somebody's")
    with pytest.raises(Conflict, match="not overwritten"):
        client.put_images([path])
    assert there.read_bytes() == b"somebody's" and client.get_image_series(EVERYTHING) == []
    there.write_bytes(path.read_bytes())
    assert len(client.put_images([path])) == 1


def test_twenty_threads_put_the_same_image(client: LocalClient, tmp_path: Path) -> None:
    path = write_image(tmp_path)

    def put(_: int) -> bool:
        try:
            return bool(client._put_new_images([path]))
        except Conflict:
            return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(put, range(20))) == 1
    assert len(client.get_image_series(EVERYTHING)) == 1 and len(files(client)) == 3


def test_processes_share_a_folder(tmp_path: Path) -> None:
    for number in range(20):
        write_image(tmp_path / "images", number)
    script = (
        "import sys, pathlib; from sticky_pi_api.client import LocalClient; c = LocalClient(sys.argv[1]); print(len("
    )
    script += "c.put_images(sorted(pathlib.Path(sys.argv[2]).iterdir(), reverse=bool(int(sys.argv[3]))))))"
    command = [sys.executable, "-c", script, str(tmp_path / "local"), str(tmp_path / "images")]
    running = [subprocess.Popen([*command, str(order)], stdout=subprocess.PIPE, text=True) for order in (0, 1)]
    stored = [int(process.communicate(timeout=60)[0]) for process in running]
    assert len(LocalClient(tmp_path / "local").get_image_series(EVERYTHING)) == 20 <= sum(stored)


def test_annotations(client: LocalClient, tmp_path: Path) -> None:
    images = client.put_images([write_image(tmp_path, number) for number in range(3)])
    submitted = [annotation(row, n_objects) for n_objects, row in enumerate(images[:2])]
    submitted[1]["annotations"][0]["contour"] = np.array(submitted[1]["annotations"][0]["contour"], dtype=np.int32)
    submitted[1]["metadata"]["datetime"] = pd.Timestamp(images[1]["datetime"], tz="UTC")
    submitted[1]["metadata"]["note"] = "kept: é"
    rows = client.put_uid_annotations(submitted[::-1])
    assert [row["n_objects"] for row in rows] == [0, 1] and {row["json"] for row in rows} == {""}
    assert client.get_uid_annotations(images) == rows == client.get_uid_annotations_series(EVERYTHING)
    stored = json.loads(client.get_uid_annotations(images[1:2], "json")[0]["json"])
    assert stored["annotations"] == annotation(images[1], 1)["annotations"] and stored["metadata"]["note"] == "kept: é"
    client.put_uid_annotations([annotation(images[1], version=LATER_VERSION)])
    joined = client.get_images_with_uid_annotations_series(EVERYTHING, "thumbnail", "data")
    assert [(row["datetime"], row["algo_version"]) for row in joined] == [
        (images[0]["datetime"], VERSION),
        (images[1]["datetime"], VERSION),
        (images[1]["datetime"], LATER_VERSION),
        (images[2]["datetime"], None),
    ]
    assert joined[3].keys() == joined[0].keys() >= {"id_annot", "api_user_annot", "parent_image_id", "url"}
    assert pd.DataFrame(joined).shape[0] == 4
    client.delete_images(images)
    assert client.get_uid_annotations_series(EVERYTHING) == []
    assert client.get_images_with_uid_annotations_series(EVERYTHING) == [{}]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"md5": "0" * 32}, InvalidInput, "another one was analysed"),
        ({"datetime": "2021-01-01"}, InvalidInput, "is not there"),
        ({"algo_version": "7 8"}, InvalidInput, "1 to 46 printable"),
        ({"algo_name": "é"}, InvalidInput, "ASCII"),
        ({"algo_version": VERSION}, Conflict, "already has an annotation"),
    ],
)
def test_annotations_are_stored_all_or_none(
    client: LocalClient, tmp_path: Path, change: dict, error: type[Exception], words: str
) -> None:
    first, second = client.put_images([write_image(tmp_path, number) for number in range(2)])
    client.put_uid_annotations([annotation(second)])
    bad = annotation(second, version=LATER_VERSION)
    bad["metadata"].update(change)
    with pytest.raises(error, match=words) as raised:
        client.put_uid_annotations([annotation(first), bad])
    assert [item["index"] for item in raised.value.items] == [1]
    assert len(client.get_uid_annotations_series(EVERYTHING)) == 1


def test_tuboids_and_labels(client: LocalClient, tmp_path: Path) -> None:
    directories = [write_tuboid(tmp_path, number) for number in (2, 0)]
    rows = client.put_tiled_tuboids([f"{directory}/" for directory in directories], series_info())
    ids = [directories[1].name, directories[0].name]
    assert [row["tuboid_id"] for row in rows] == ids and [row["id_in_series"] for row in rows] == [0, 2]
    assert rows[0]["n_shots"] == 3 and rows[0]["start_datetime"] == START
    assert files(client) == {key for tuboid_id in ids for key in tuboid_keys(tuboid_id)}
    exactly = [{"device": f"{DEVICE[:3].upper()}%", "start_datetime": START, "end_datetime": "2022-05-17T19:46:57Z"}]
    found = client.get_tiled_tuboid_series(exactly + EVERYTHING, "data")
    assert [row["tuboid_id"] for row in found] == ids and found[0]["n_tuboids_series"] == 3
    assert Path(found[1]["context"]).read_bytes() == (directories[0] / "context.jpg").read_bytes()
    assert client.get_tiled_tuboid_series([{**exactly[0], "start_datetime": "2022-05-17_18-46-58"}]) == []

    client.put_itc_labels([label(ids[0]), label(ids[0], LATER_VERSION, label=np.int64(5), species="")])
    labels = client._get_itc_labels(found)
    assert [(row["label"], row["species"], row["order"]) for row in labels] == [
        (3, None, "Diptera"),
        (5, None, "Diptera"),
    ]
    joined = client.get_tiled_tuboid_series_itc_labels(EVERYTHING)
    assert [(row["tuboid_id"], row["label_itc"]) for row in joined] == [(ids[0], 3), (ids[0], 5), (ids[1], None)]
    for bad, error in (
        (label(ids[0]), Conflict),
        (label(ids[1][:-1] + "9"), InvalidInput),
        (label(ids[1], pattern="x" * 129), InvalidInput),
        (label(ids[1], label=2.5), InvalidInput),
        (label(ids[1], order=" Diptera"), InvalidInput),
    ):
        with pytest.raises(error) as raised:
            client.put_itc_labels([label(ids[1]), bad])
        assert [item["index"] for item in raised.value.items] == [1]
    assert len(client._get_itc_labels(found)) == 2

    assert [row["n_tuboids"] for row in client.delete_tiled_tuboids(EVERYTHING)] == [3]
    assert files(client) == set() and client._get_itc_labels(found) == []
    assert not (client.local_dir / "tiled_tuboids").exists()


def test_tuboids_that_are_there_or_too_many(client: LocalClient, tmp_path: Path) -> None:
    directories = [write_tuboid(tmp_path, number) for number in range(4)]
    client.put_tiled_tuboids(directories[:1], series_info())
    with pytest.raises(Conflict, match="already there") as raised:
        client.put_tiled_tuboids(directories[:2], series_info())
    assert [row["id_in_series"] for row in raised.value.rows] == [1]
    with pytest.raises(InvalidInput, match="more than the series has"):
        client.put_tiled_tuboids(directories, series_info())
    with pytest.raises(Conflict, match="already has its 3"):
        client.put_tiled_tuboids(directories[2:], series_info(n_tuboids=9))
    assert len(client.get_tiled_tuboid_series(EVERYTHING)) == 3 and len(files(client)) == 9


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("metadata.txt", b"", "no shot"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1,2\n".encode(), "line 1"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1,2,nan\n".encode(), "line 1"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1,2,1e308\n".encode(), "the scale from 0.001 to 1000"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1,2,1e-308\n".encode(), "the scale from 0.001 to 1000"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1e308,2,1\n".encode(), "x and y in pixels"),
        ("metadata.txt", b"5c173fff.2022-05-17_18-46-57,1,2,1\n", "another device"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-56,1,2,1\n".encode(), "not within the series"),
        ("metadata.txt", f"{DEVICE}.2022-05-17_19-46-58,1,2,1\n".encode(), "not within the series"),
        ("tuboid.jpg", b"GIF89a", "not a JPEG"),
        ("context.jpg", jpeg()[:-40], "truncated"),
    ],
)
def test_bad_tuboids_are_refused_before_any_is_stored(
    client: LocalClient, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    good, bad = write_tuboid(tmp_path, 0), write_tuboid(tmp_path, 1)
    (bad / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=words) as raised:
        client.put_tiled_tuboids([good, bad], series_info())
    assert raised.value.items[0]["file"] == str(bad)
    assert files(client) == set() and client.get_tiled_tuboid_series(EVERYTHING) == []


def test_bundles(client: LocalClient, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    contents = {"config/a.yaml": b"a: 1", "data/b.svg": b"<svg/>", "output/model_final.pth": bytes(9 << 20)}
    for key, content in {**contents, "data/notes.docx": b"not of a bundle"}.items():
        (source / key).parent.mkdir(parents=True, exist_ok=True)
        (source / key).write_bytes(content)
    assert [link["key"] for link in client.put_ml_bundle_dir("insects", source)] == sorted(contents)
    assert client.put_ml_bundle_dir("insects", source) == []
    assert files(client) == {f"ml/insects/{key}" for key in contents}
    assert [file["key"] for file in client.get_ml_bundle_dir("insects", target, "data")] == [
        "config/a.yaml",
        "data/b.svg",
    ]
    assert [file["key"] for file in client.get_ml_bundle_dir("insects", target)] == ["output/model_final.pth"]
    assert client.get_ml_bundle_dir("insects", target) == []
    assert {key: (target / key).read_bytes() for key in contents} == contents
    assert (target / "config/a.yaml").stat().st_mtime == (source / "config/a.yaml").stat().st_mtime

    (source / "config/a.yaml").write_bytes(b"a: 2")
    os.utime(source / "config/a.yaml", (0, 0))
    assert client.put_ml_bundle_dir("insects", source) == [], "what is there is newer"
    os.utime(source / "config/a.yaml")
    assert [link["key"] for link in client.put_ml_bundle_dir("insects", source)] == ["config/a.yaml"]
    os.utime(client.local_dir / "ml/insects/config/a.yaml", (2e9, 2e9))
    assert [file["md5"] for file in client.get_ml_bundle_dir("insects", target)] == ["9de2a49d06deb9c0194660123ef188d8"]
    with pytest.raises(InvalidInput):
        client.put_ml_bundle_dir("../insects", source)


def test_files_that_no_bundle_takes_are_named(
    client: LocalClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.txt", "model.onnx", "notes.doc"):
        path = tmp_path / "bundle" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert [file["key"] for file in client.put_ml_bundle_dir("b", tmp_path / "bundle")] == ["data/a.txt"]
    [said] = caplog.messages
    assert said.endswith("data/model.onnx, data/notes.doc") and ".yaml" in said


def test_no_bundle(client: LocalClient, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no ML bundle 'b'"):
        client.get_ml_bundle_dir("b", tmp_path / "copy")
    (tmp_path / "bundle" / "data").mkdir(parents=True)
    (tmp_path / "bundle" / "data" / "a.txt").write_text("a")
    client.put_ml_bundle_dir("b", tmp_path / "bundle")
    with pytest.raises(NotFound, match="what='model'"):
        client.get_ml_bundle_dir("b", tmp_path / "copy", "model")


def test_a_time_beyond_all_is_refused(client: LocalClient) -> None:
    offer = {"bundle_name": "b", "key": "a.txt", "md5": "0" * 32, "mtime": 10**400}
    with pytest.raises(InvalidInput, match="not a time in unix seconds"):
        client._get_ml_bundle_upload_links([offer])


def test_one_path_is_no_list_of_paths(client: LocalClient, tmp_path: Path) -> None:
    path = write_image(tmp_path, 1)
    for files in (path, str(path)):
        with pytest.raises(InvalidInput, match="a list of paths"):
            client.put_images(files)
    with pytest.raises(InvalidInput, match="a list of paths"):
        client.put_tiled_tuboids(write_tuboid(tmp_path), series_info())


def test_a_table_is_told_how_to_become_a_list(client: LocalClient, tmp_path: Path) -> None:
    rows = client.put_images([write_image(tmp_path, 1)])
    with pytest.raises(InvalidInput, match=r"to_dict\('records'\)"):
        client.get_images(pd.DataFrame(rows))
    assert client.get_images(pd.DataFrame(rows).to_dict("records"))[0]["md5"] == rows[0]["md5"]


def test_images_are_not_downloaded_as_another_rendition(client: LocalClient, tmp_path: Path) -> None:
    client.put_images([write_image(tmp_path, 1)])
    for asked, what, words in (
        ("image", "thumbnail", "another rendition"),
        ("thumbnail", "image", "another rendition"),
        ("metadata", "image", "is empty"),
    ):
        rows = client.get_image_series(EVERYTHING, asked)
        with pytest.raises(InvalidInput, match=rf"rows\[0\]: its url .*{words}.*what='{what}'"):
            client.download_images(rows, tmp_path / "copies", what)
    assert not list((tmp_path / "copies").rglob("*.jpg*"))
