"""Folders of the existing tool."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import sticky_pi_api
from sticky_pi_api.client import LocalClient
from sticky_pi_api.core.errors import InvalidInput, Unavailable
from sticky_pi_api.core.layout import image_keys
from tests.client.samples import (
    DEVICE,
    EVERYTHING,
    LATER_VERSION,
    START,
    VERSION,
    annotation,
    jpeg,
    series_info,
    write_image,
    write_tuboid,
)

# As SQLAlchemy writes them: sensors that may not be null, a cache, a password hash, none of the newer columns.
OLD = f"""
CREATE TABLE images (
    datetime_created DATETIME NOT NULL, api_version VARCHAR(8), api_user VARCHAR(32), cached_json_repr TEXT,
    id INTEGER NOT NULL, device VARCHAR(8) NOT NULL, datetime DATETIME NOT NULL, md5 VARCHAR(32) NOT NULL,
    device_version VARCHAR(8), width SMALLINT NOT NULL, height SMALLINT NOT NULL, alt SMALLINT, lat DECIMAL(9, 6),
    lng DECIMAL(9, 6), "temp" FLOAT, hum FLOAT, no_flash_shutter_speed FLOAT NOT NULL,
    no_flash_exposure_time FLOAT NOT NULL, no_flash_bv FLOAT NOT NULL, no_flash_iso FLOAT NOT NULL,
    PRIMARY KEY (id), CONSTRAINT image_id UNIQUE (device, datetime));
CREATE TABLE uid_annotations (
    datetime_created DATETIME NOT NULL, api_version VARCHAR(8), api_user VARCHAR(32),
    id INTEGER NOT NULL, parent_image_id INTEGER NOT NULL, algo_name VARCHAR(64) NOT NULL,
    algo_version VARCHAR(46) NOT NULL, n_objects INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id),
    CONSTRAINT annotation_id UNIQUE (parent_image_id, algo_name, algo_version),
    FOREIGN KEY(parent_image_id) REFERENCES images (id) ON DELETE CASCADE);
CREATE TABLE users (
    datetime_created DATETIME NOT NULL, api_version VARCHAR(8), api_user VARCHAR(32), id INTEGER NOT NULL,
    username VARCHAR(32) NOT NULL, password_hash VARCHAR(128) NOT NULL, email VARCHAR(64), is_admin BOOLEAN,
    PRIMARY KEY (id), UNIQUE (username));
INSERT INTO images VALUES ('2020-07-01 10:00:00.123456', '1.0.0', NULL, '{{}}', 7, '{DEVICE}',
    '2022-05-17 18:46:57.000000', '{"0" * 32}', '1.0.0', 64, 48, 22, 49.2442, -121.7583, 10.3, 97.6, 3.0,
    0.12, 0.0, 400.0);
INSERT INTO uid_annotations VALUES
    ('2020-07-01 10:00:00.123456', '1.0.0', NULL, 3, 7, 'detector', '{VERSION}', 1, '{{}}');
INSERT INTO users VALUES ('2020-07-01 10:00:00.123456', '1.0.0', NULL, 1, 'ann', 'hash', NULL, 1);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key in image_keys(DEVICE, START):
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg())
    with closing(sqlite3.connect(tmp_path / "database.db")) as db:
        db.executescript(OLD)
    return tmp_path


def test_an_old_folder_is_upgraded(folder: Path, tmp_path: Path) -> None:
    client = LocalClient(folder)
    (image,) = client.get_image_series(EVERYTHING, "image")
    assert (image["id"], image["datetime"], image["lat"], image["but"]) == (7, START, 49.2442, None)
    assert image["no_flash_iso"] == 400 and Path(image["url"]).read_bytes() == jpeg()
    assert [row["id"] for row in client.get_uid_annotations([image])] == [3]
    assert [(row["username"], row["can_write"]) for row in client.get_users()] == [("ann", True)]
    assert "password_hash" not in client.get_users()[0]

    (new,) = client.put_images([write_image(tmp_path / "new", 1, comment="v,T,B,b\n3.1.0,21.5,87,1")])
    assert (new["device_version"], new["temp"], new["bat"], new["but"], new["no_flash_bv"]) == (
        "3.1.0",
        21.5,
        87,
        True,
        None,
    )
    client.put_users([{"username": "bob", "password": "secret"}])
    client.put_uid_annotations([annotation(new, version=LATER_VERSION)])
    client.put_tiled_tuboids([write_tuboid(tmp_path / "tuboids")], series_info())
    client.delete_images([image])
    assert [row["parent_image_id"] for row in client.get_uid_annotations_series(EVERYTHING)] == [new["id"]]


def test_the_backup_is_what_was_there_and_made_once(folder: Path) -> None:
    for _ in range(2):
        LocalClient(folder).get_image_series(EVERYTHING)
    assert [path.name for path in folder.glob("database.db.*upgrade*")] == ["database.db.before-upgrade"]
    with closing(sqlite3.connect(folder / "database.db.before-upgrade")) as db:
        assert "\n".join(db.iterdump()).count("cached_json_repr") == 1
    with closing(sqlite3.connect(folder / "database.db")) as db:
        assert db.execute("SELECT cached_json_repr FROM images").fetchall() == [("{}",)], "others' columns are kept"
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_table_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "database.db")) as db:
        db.executescript(
            "CREATE TABLE images (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO images VALUES (1, 'holiday');"
        )
    with pytest.raises(InvalidInput, match="device"):
        LocalClient(tmp_path)
    with closing(sqlite3.connect(tmp_path / "database.db")) as db:
        assert db.execute("SELECT * FROM images").fetchall() == [(1, "holiday")]


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "database.db").write_bytes(b"no database" * 100)
    with pytest.raises(Unavailable, match=r"database\.db"):
        LocalClient(tmp_path)


_ADD_A_COLUMN = """
import json, sys
from sticky_pi_api.client import LocalClient
with LocalClient(sys.argv[1]) as client:
    [row] = client.get_image_series([{"device": "%", "start_datetime": "2020-01-01", "end_datetime": "2030-01-01"}])
print(json.dumps([row["device"], row["wind"]]))
"""


def test_a_new_column_of_the_images_needs_no_other_change(tmp_path: Path) -> None:
    folder, package = tmp_path / "folder", tmp_path / "package" / "sticky_pi_api"
    with LocalClient(folder) as client:
        [image] = client.put_images([write_image(tmp_path, 1)])
    shutil.copytree(Path(sticky_pi_api.__file__).parent, package)
    records = package / "core" / "records.py"
    records.write_text(
        records.read_text().replace("    temp: float | None\n", "    wind: float | None\n    temp: float | None\n")
    )
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    command = [sys.executable, "-c", _ADD_A_COLUMN, str(folder)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(answer.stdout) == [image["device"], None]
    with LocalClient(folder) as client:  # the older version goes on in the newer folder
        assert [row["id"] for row in client.get_image_series(EVERYTHING)] == [image["id"]]


_OPEN_FOLDERS = """
import sys
from sticky_pi_api.client import LocalClient
print("ready", flush=True)
for folder in sys.stdin:
    LocalClient(folder.strip()).get_users()
    print("open", flush=True)
"""


def test_processes_may_open_a_new_folder_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPEN_FOLDERS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(6)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 6
    for number in range(20):
        for process in processes:
            process.stdin.write(f"{tmp_path / str(number)}\n")
            process.stdin.flush()
        if [process.stdout.readline() for process in processes] != ["open\n"] * 6:
            break
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 6
