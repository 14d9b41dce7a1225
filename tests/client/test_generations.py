"""Folders of both generations of the existing tool go on answering what their rows say."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.client import LocalClient
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import parse_datetime
from sticky_pi_api.core.records import TABLES, columns
from tests.client import old_folders
from tests.client.old_folders import DEVICES, SCHEMAS, make
from tests.client.samples import EVERYTHING, LATER_VERSION, annotation, write_image

pytestmark = pytest.mark.skipif(not SCHEMAS.exists(), reason=f"the schemas of existing services are not in {SCHEMAS}")
GENERATIONS = ("first", "second")
_NAMES = {1: "ann", 2: "bob", 3: "eve", None: None}
_IDS = {name: number for number, name in _NAMES.items()}


def expected(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """The answer that a row stands for: all columns of the contract, null where its generation had none."""
    by = {"api_user": _NAMES[row["api_user_id"]]} if "api_user_id" in row else {"api_user_id": _IDS[row["api_user"]]}
    known = {**dict.fromkeys(columns(TABLES[table])), **row, **by}
    known.pop("password_hash", None)
    return {name: _moment(value) if "datetime" in name else value for name, value in known.items()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def without(rows: list[dict[str, Any]], *added: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in added} for row in rows]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_answer_is_what_the_rows_say(tmp_path: Path, generation: str, seed: int) -> None:
    stored = make(tmp_path, generation, seed)
    said = {table: [expected(table, row) for row in rows] for table, rows in stored.items() if table in TABLES}
    client = LocalClient(tmp_path)

    images = sorted(said["images"], key=lambda row: (row["device"], row["datetime"]))
    assert without(client.get_image_series(EVERYTHING), "url") == images
    assert without(client.get_images(images), "url") == images
    by_image = {row["id"]: place for place, row in enumerate(images)}
    annotations = sorted(said["uid_annotations"], key=lambda row: by_image[row["parent_image_id"]])
    assert client.get_uid_annotations_series(EVERYTHING, "data") == annotations
    assert client.get_uid_annotations(images, "data") == annotations
    tuboids = client.get_tiled_tuboid_series(EVERYTHING)
    assert [{name: row[name] for name in said["tiled_tuboids"][0]} for row in tuboids] == said["tiled_tuboids"]
    assert {(row["device_series"], row["n_tuboids_series"]) for row in tuboids} == {(DEVICES[0], 9)}
    labels = [row for row in client.get_tiled_tuboid_series_itc_labels(EVERYTHING) if row["id_itc"] is not None]
    assert [{name: row[f"{name}_itc"] for name in said["itc_labels"][0]} for row in labels] == said["itc_labels"]
    assert client.get_users() == said["users"]
    assert client.get_projects() == said.get("projects", [])
    assert client.get_project_permissions() == said.get("project_permissions", [])


def test_series_of_projects_keep_their_ids(tmp_path: Path) -> None:
    stored = make(tmp_path, "second")
    client = LocalClient(tmp_path)
    for project in (1, 2):
        said = [
            {name: parse_datetime(value) if name.endswith("_datetime") else value for name, value in row.items()}
            for row in stored[f"project_series_{project}"]
        ]
        assert client.get_project_series([{"project_id": project}]) == said

    both = [{"project_id": project, "id": 1} for project in (1, 2)]
    changed = client.put_project_series([{**both[0], "bait": "beer"}, {**both[1], "n": 5}])
    assert [row["id"] for row in changed] == [1, 1] and (changed[0]["bait"], changed[1]["n"]) == ("beer", 5)
    times = {"start_datetime": "2023-01-01", "end_datetime": "2023-02-01"}
    [new] = client.put_project_series([{"project_id": 1, "device": DEVICES[1], **times, 'a "quoted" name': 2}])
    assert new["id"] > 2 and new['a "quoted" name'] == 2
    assert client.put_project_series([{"project_id": 1, "id": new["id"], "bait": "tea"}])[0]["bait"] == "tea"
    assert [row["id"] for row in client.delete_project_series([both[0], {"project_id": 2, "id": 99}])] == [1]
    assert [row["id"] for row in client.get_project_series([{"project_id": 1}])] == [2, new["id"]]
    assert [row["id"] for row in client.get_project_series([{"project_id": 2}])] == [1, 2]

    with LocalClient(tmp_path) as again:  # nothing is moved twice
        assert [row["id"] for row in again.get_project_series([{"project_id": 1}])] == [2, new["id"]]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_folder_goes_on_and_its_older_tool_has_the_copy(tmp_path: Path, generation: str) -> None:
    stored = make(tmp_path, generation)
    with closing(sqlite3.connect(tmp_path / "database.db")) as db:
        before = list(db.iterdump())
    client = LocalClient(tmp_path)
    [image] = client.put_images([write_image(tmp_path / "new", device=DEVICES[0])])
    assert image["id"] == max(row["id"] for row in stored["images"]) + 1
    [found] = client.put_uid_annotations([annotation(image, version=LATER_VERSION)])
    assert found["id"] > max(row["id"] for row in stored["uid_annotations"])
    assert client.put_users([{"username": "cid", "password": "secret"}])[0]["id"] == 4
    with closing(sqlite3.connect(tmp_path / "database.db.before-upgrade")) as db:
        assert list(db.iterdump()) == before
    with closing(sqlite3.connect(tmp_path / "database.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert {value for (value,) in db.execute("SELECT password_hash FROM users WHERE id < 4")} == {
            old_folders.PASSWORD
        }


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE images SET datetime = 'yesterday' WHERE id = 3", "images.*row 3.*datetime.*yesterday"),
        ("UPDATE project_series_1 SET end_datetime = '0000-00-00' WHERE id = 2", "project_series_1.*row 2.*0000"),
        ("UPDATE users SET datetime_created = '' WHERE id = 2", "users.*row 2.*datetime_created"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_changed(tmp_path: Path, damage: str, named: str) -> None:
    make(tmp_path, "second")
    with closing(sqlite3.connect(tmp_path / "database.db")) as db, db:
        db.execute(damage)
        before = list(db.iterdump())
    with pytest.raises(InvalidInput, match=named):
        LocalClient(tmp_path)
    with closing(sqlite3.connect(tmp_path / "database.db")) as db:
        assert list(db.iterdump()) == before
