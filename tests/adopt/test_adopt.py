"""Databases of the published service are adopted: what is answered afterwards is what the rows said before."""

import contextlib
import gzip
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from sticky_pi_api.core import records
from tests.adopt.installation import PASSWORD, Installation
from tests.services import Process
from tests.services.mariadb import MariaDB
from tests.services.object_store import ObjectStore
from tests.services.server import ADMIN, Server

# The text of a table is in its collation, and of the second generation in whatever the server's default was.
KINDS = [(1, "utf8mb4_general_ci"), (2, "latin1_swedish_ci")]
N_IMAGES, N_FILES = int(os.environ.get("TESTS_ADOPT_IMAGES", 400)), int(os.environ.get("TESTS_ADOPT_FILES", 3))
EVER = {"device": "%", "start_datetime": "1999-01-01", "end_datetime": "2030-01-01"}
ADA = ("Ada", PASSWORD)
ORPHANS = "orphans_uid_annotations"  # the generator makes some
SCHEMA = {
    "tables": "table_name, engine, table_collation, row_format FROM information_schema.tables",
    "columns": "table_name, column_name, ordinal_position, column_type, is_nullable, column_default, collation_name, "
    "extra FROM information_schema.columns",
    "indexes": "table_name, index_name, non_unique, seq_in_index, column_name FROM information_schema.statistics",
    "constraints": "table_name, constraint_name, constraint_type FROM information_schema.table_constraints",
    "keys": "table_name, constraint_name, column_name, referenced_table_name, referenced_column_name "
    "FROM information_schema.key_column_usage",
}


class Site:
    """A server beside an installation of the published service, in the same database and bucket."""

    def __init__(self, server: Server, old: Installation) -> None:
        self.server = server
        self.old = old

    def post(self, operation: str, info: Any = (), who: tuple[str, str] = ADA) -> requests.Response:
        return requests.post(f"{self.server.url}/{operation}", json=info, auth=who, timeout=600)

    def rows(self, operation: str, info: Any = ()) -> list[dict[str, Any]]:
        answer = self.post(operation, info)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(params=KINDS, ids=["first", "second"])
def site(request: pytest.FixtureRequest, mariadb: MariaDB, object_store: ObjectStore, tmp_path: Path) -> Site:
    generation, collation = request.param
    name = f"adopt_{generation}_{random.randrange(10**9)}"
    environment = {**mariadb.create_database(name), **object_store.create_bucket(name.replace("_", "-"))}
    old = Installation(environment, generation, N_IMAGES, collation)
    old.make()
    old.store_files(N_FILES)
    return Site(Server(tmp_path, environment), old)


@contextlib.contextmanager
def serving(site: Site) -> Iterator[None]:
    site.server.start()
    try:
        yield
    finally:
        site.server.stop()


def test_an_installation_moves_in(site: Site, mariadb: MariaDB, tmp_path: Path) -> None:
    before, contents = site.old.checksums(), site.old.contents()
    refused_by_server(site)
    checked(site)
    assert site.old.checksums() == before
    said = expected_rows(site.old)
    said_by_it = site.server.manage("adopt", "--backup", str(tmp_path / "backup.sql.gz"), timeout=3600).stdout
    (tmp_path / "adopt.txt").write_text(said_by_it)
    came_out_right(site, said, mariadb)
    goes_back(site, tmp_path / "backup.sql.gz", contents, mariadb)


def test_a_killed_adoption_goes_on(site: Site, mariadb: MariaDB) -> None:
    said = expected_rows(site.old)
    lines = sorted(random.sample(range(12), 5))
    for number in lines:
        killed_after(site, number)
    if "users" not in site.old.tables():  # they are let in last
        refused_by_server(site)
    with contextlib.suppress(subprocess.CalledProcessError):  # what was killed may still end
        site.server.manage("adopt", timeout=3600)
    site.server.manage("adopt", timeout=3600)
    came_out_right(site, said, mariadb)


def killed_after(site: Site, lines: int) -> None:
    """Kills it within half a second of its saying so many lines: each is for a step, or a table."""
    log = site.server.data_dir / f"adopt-{random.randrange(10**9)}.log"
    adoption = Process([sys.executable, "manage.py", "adopt"], log, site.server.environment)
    deadline = time.monotonic() + 60
    while adoption.returncode is None and log.read_text().count("\n") < lines and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(random.uniform(0, 0.5))
    adoption.kill()


def refused_by_server(site: Site) -> None:
    with serving(site):
        answer = site.post("get_images", who=ADMIN)
    assert answer.status_code == 503 and "manage.py adopt" in answer.json()["detail"], answer.text
    with pytest.raises(subprocess.CalledProcessError) as raised:
        site.server.manage("migrate")
    assert "stickypi.E006" in raised.value.stderr and "manage.py adopt" in raised.value.stderr
    assert "COLLATE" not in raised.value.stderr


def checked(site: Site) -> None:
    said = site.server.manage("adopt", "--check").stdout
    for words in (
        ("2020/21", "2022/23")[site.old.generation - 1],
        f"{N_IMAGES:,d} rows",
        f"uid_annotations: orphans, whose parent_image_id is no sound row of images, are kept in {ORPHANS} (2 rows)",
        "lat and lng are swapped",
        "images: datetime is before 2019-11-01 (4 rows)",
        "users: the name has capitals, and is kept in lower case (1 row)",
        "users: the password is none of passlib's",
        "It takes about",
    ):
        assert words in said, said
    if site.old.generation == 2:
        assert "project_series_1 becomes deployments of project 1: bait VARCHAR(20), height DOUBLE" in said
        assert "projects 2, 3 get new ids" in said


def came_out_right(site: Site, said: Mapping[str, list[dict[str, Any]]], mariadb: MariaDB) -> None:
    assert "Nothing to do" in site.server.manage("adopt").stdout
    assert "No migrations to apply" in site.server.manage("migrate").stdout
    site.server.manage("check", "--deploy", "--database", "default")
    has_the_schema_of_a_new_one(site, mariadb)
    site.server.manage("rebuild_counts", "--check")
    with serving(site):
        passwords_work(site)
        for operation, calls in QUESTIONS.items():
            rows = [row for info in calls for row in site.rows(operation, info)]
            answered = [row for row in rows if row.get("username") != ADMIN[0]]
            assert comparable(answered) == comparable(said[operation]), operation
        files_are_there(site)
        if site.old.generation == 2:
            projects_are_there(site)
    the_bucket_is_as_it_was(site)


# What each operation is asked, call by call.
QUESTIONS: dict[str, list[list[dict[str, str]]]] = {
    "get_image_series": [[EVER]],
    "get_uid_annotations_series/json": [[{**EVER, "device": f"5c17{n:04x}"}] for n in range(20)],
    "get_tiled_tuboid_series": [[EVER]],
    "_get_itc_labels": [
        [{"tuboid_id": f"5c170000.2020-06-01_00-00-00.2020-06-02_00-00-00.{n:04}"} for n in range(1, 41)]
    ],
    "get_users": [[]],
    "get_projects": [[]],
    "get_project_permissions": [[]],
}


def expected_rows(old: Installation) -> dict[str, list[dict[str, Any]]]:
    """What the operations are to answer, by what the rows say now."""
    users = old.rows("SELECT * FROM users")
    second = old.generation == 2
    tables = {
        "get_image_series": ("images", records.IMAGES),
        "get_uid_annotations_series/json": ("uid_annotations", records.UID_ANNOTATIONS),
        "_get_itc_labels": ("itc_labels", records.ITC_LABELS),
        "get_users": ("users", records.USERS),
    }
    if second:
        tables["get_projects"] = "projects", records.PROJECTS
        tables["get_project_permissions"] = "project_permissions", records.PROJECT_PERMISSIONS
    said: dict[str, list[dict[str, Any]]] = {"get_projects": [], "get_project_permissions": []}
    for operation, (table, columns) in tables.items():
        said[operation] = [expected(row, columns, users) for row in old.rows(f"SELECT * FROM {table} ORDER BY id")]
    for row in said["get_image_series"]:
        row["url"] = ""
        row["but"] = None if row["but"] is None else bool(row["but"])
        row["bat"] = None if row["bat"] == -1 else row["bat"]
    for row in said["get_users"]:
        row |= {
            "username": row["username"].lower(),
            "is_admin": bool(row["is_admin"]),
            "can_write": bool(row["can_write"]),
        }
    there = {row["id"] for row in said["get_image_series"]}
    found = "get_uid_annotations_series/json"
    said[found] = [row for row in said[found] if row["parent_image_id"] in there]
    said["_get_itc_labels"] = [row for row in said["_get_itc_labels"] if row["parent_tuboid_id"] <= 40]
    said["get_tiled_tuboid_series"] = expected_tuboids(old, users)
    return said


def expected_tuboids(old: Installation, users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    of_series = {row["id"]: row for row in old.rows("SELECT * FROM tuboid_series")}
    names = ("algo_name", "algo_version", "n_images", "n_tuboids", "device", "start_datetime", "end_datetime")
    return [
        {
            **expected(row, records.TILED_TUBOIDS, users),
            **{f"{name}_series": wire(of_series[row["parent_series_id"]][name]) for name in names},
        }
        for row in old.rows("SELECT * FROM tiled_tuboids")
    ]


def expected(row: Mapping[str, Any], columns: tuple[str, ...], users: list[dict[str, Any]]) -> dict[str, Any]:
    if "api_user_id" in row:
        writer = next((user["username"].lower() for user in users if user["id"] == row["api_user_id"]), None)
        who = {"api_user": writer, "api_user_id": row["api_user_id"]}
    else:
        writer = next((user["id"] for user in users if user["username"] == row["api_user"]), None)
        who = {"api_user": row["api_user"], "api_user_id": writer}
    return {
        **{column: wire(row.get(column)) for column in columns},
        **who,
        "api_version": row["api_version"] or "",
    }


def wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d_%H-%M-%S}"
    return float(value) if isinstance(value, Decimal) else value


def comparable(rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows)
    return by_id


def passwords_work(site: Site) -> None:
    def stored() -> dict[str, str]:
        return {row["username"]: row["password"] for row in site.old.rows("SELECT * FROM users")}

    assert stored()["ada"].startswith("passlib$6$rounds=656000$")
    token = site.post("get_token").json()["token"]
    assert not stored()["ada"].startswith("passlib") and stored()["harvester"].startswith("passlib")
    for who in (ADA, (token, ""), ADMIN):
        assert site.post("get_images", who=who).status_code == 200
    for who in (("Ada", "babbage"), ("harvester", "babbage"), ("harvester", "x" * 2000), ("unreadable", "***")):
        assert site.post("get_images", who=who).status_code == 401
    assert site.post("get_images", who=("harvester", PASSWORD)).status_code == 200
    assert not stored()["harvester"].startswith("passlib")


def files_are_there(site: Site) -> None:
    keys = site.old.rows(f"SELECT device, datetime, md5 FROM images ORDER BY id LIMIT {N_FILES}")
    info = [{"device": key["device"], "datetime": wire(key["datetime"])} for key in keys]
    for row in site.rows("get_images/image", info):
        file = requests.get(row["url"], timeout=60)
        assert file.status_code == 200 and file.headers["ETag"].strip('"') == row["md5"]


def the_bucket_is_as_it_was(site: Site) -> None:
    """Files that are there are sound and somebody's; `verify` misses those that the other rows never had."""
    with pytest.raises(subprocess.CalledProcessError) as raised:
        site.server.manage("verify", "--deep", "--json", timeout=3600)
    *findings, _ = [json.loads(line) for line in raised.value.stdout.splitlines()]
    images = [each for each in findings if each["key"].startswith("raw_images/") and each["key"].endswith(".jpg")]
    assert {each["kind"] for each in findings} <= {"missing", "no thumbnail"}
    assert len(images) == N_IMAGES - N_FILES and raised.value.returncode == 1


def projects_are_there(site: Site) -> None:
    first, second = (site.rows("get_project_series", [{"project_id": project}]) for project in (1, 2))
    own = {"bait": "apple", "height": 1.7, "n_traps": 3, "is_shaded": True, "note": "Übersicht", 'crop: % "x"': "maize"}
    when = {"start_datetime": "2022-05-02_00-00-00", "end_datetime": "2022-05-03_00-00-00"}
    assert first[0] == {"id": 1, "device": "5c170001", **when, **own, "visited": "2022-05-03_10-00-00"}
    assert [row["id"] for row in first] == [1, 2, 3, 4, 5] and first[4]["bait"] is None
    assert len(second) == 5 and second[0] == {"id": 6, "device": "5c170001", **when, "site": None}
    column = {"project_id": 1, "column_name": "bait", "old_column_name": "bait", "column_SQL_type": "TEXT"}
    assert site.rows("put_project_columns", [column]) == [{"column_name": "bait", "column_SQL_type": "TEXT"}]


def has_the_schema_of_a_new_one(site: Site, mariadb: MariaDB) -> None:
    fresh = {**site.server.environment, **mariadb.create_database(f"fresh_{random.randrange(10**9)}")}
    subprocess.run([sys.executable, "manage.py", "migrate"], env=fresh, check=True, capture_output=True, timeout=120)
    new = Installation(fresh, 2, 0, "")
    assert set(site.old.tables()) - set(new.tables()) == {ORPHANS}
    for part, columns in SCHEMA.items():
        statement = f"SELECT {columns} WHERE table_schema = DATABASE() AND table_name <> '{ORPHANS}'"
        adopted, made = ({tuple(row.values()) for row in each.rows(statement)} for each in (site.old, new))
        assert adopted == made, part
    for table, columns in (
        ("django_migrations", "app, name"),
        ("auth_permission", "codename, name"),
        ("auth_group", "name"),
    ):
        adopted, made = (each.rows(f"SELECT {columns} FROM {table} ORDER BY {columns}") for each in (site.old, new))
        assert adopted == made, table


def goes_back(site: Site, backup: Path, before: dict[str, str], mariadb: MariaDB) -> None:
    """The backup in an empty database is what was there."""
    assert backup.stat().st_mode & 0o777 == 0o600
    environment = mariadb.create_database(f"back_{random.randrange(10**9)}")
    command = ["mariadb", "-h127.0.0.1", f"-P{environment['MYSQL_PORT']}", f"-u{environment['MYSQL_USER']}"]
    subprocess.run(
        [*command, f"-p{environment['MYSQL_PASSWORD']}", environment["MYSQL_DATABASE"]],
        input=gzip.decompress(backup.read_bytes()),
        check=True,
        timeout=120,
    )
    assert Installation(environment, site.old.generation, 0, "").contents() == before


def test_what_is_in_the_way_is_said_before_anything_is_changed(mariadb: MariaDB, tmp_path: Path) -> None:
    old = Installation(mariadb.create_database("in_the_way"), 1, 20, "utf8mb4_bin")
    old.make()
    old.execute("CREATE TABLE taxa (id INT)")
    old.execute(
        "INSERT INTO users SELECT datetime_created, api_version, api_user, 9, 'ADA', NULL, '', 0, 0 FROM users LIMIT 1"
    )
    old.execute("UPDATE images SET width = -1 WHERE id = 7")
    server, before = Server(tmp_path, old.environment), old.checksums()
    for arguments in (["--check"], []):
        with pytest.raises(subprocess.CalledProcessError) as raised:
            server.manage("adopt", *arguments)
        said = raised.value.stdout + raised.value.stderr
        for words in (
            "table taxa",
            "the same in lower case, as they are kept: ada",
            "images: width is below zero, and must not be (1 row)",
        ):
            assert words in said, said
    assert old.checksums() == before


def test_what_would_be_lost_of_a_labs_own_is_in_the_way(mariadb: MariaDB, tmp_path: Path) -> None:
    old = Installation(mariadb.create_database("of_the_lab"), 2, 20, "utf8mb4_general_ci")
    old.make()
    old.execute("CREATE TABLE adopted_users (id INT)")
    old.execute("CREATE TABLE orphans_images (id INT)")
    old.execute("CREATE TABLE notes (image_id INT, CONSTRAINT of_image FOREIGN KEY (image_id) REFERENCES images (id))")
    old.execute("CREATE TRIGGER greet AFTER INSERT ON users FOR EACH ROW SET @new = 1")
    old.execute("ALTER TABLE project_series_1 MODIFY end_datetime DATETIME NULL")
    old.execute("UPDATE project_series_1 SET end_datetime = NULL LIMIT 1")
    server, before = Server(tmp_path, old.environment), old.checksums()
    with pytest.raises(subprocess.CalledProcessError) as raised:
        server.manage("adopt", "--check")
    said = raised.value.stdout + raised.value.stderr
    for words in (
        "table adopted_users",
        "table orphans_images: the server, or the adoption, has one of that name",
        "table notes: its foreign key of_image is of images",
        "trigger greet of table users",
        "project_series_1: device, start_datetime or end_datetime is null or has a date of zeros (1 row)",
    ):
        assert words in said, said
    with pytest.raises(subprocess.CalledProcessError, match="nothing was changed"):
        server.manage("adopt", "--no-backup")
    assert old.checksums() == before


def test_without_a_backup_nothing_is_changed(mariadb: MariaDB, tmp_path: Path) -> None:
    old = Installation(mariadb.create_database("no_backup"), 2, 20, "utf8mb4_general_ci")
    old.make()
    server, before = Server(tmp_path, old.environment), old.checksums()
    with pytest.raises(subprocess.CalledProcessError, match=r"no backup, and nothing was changed: /proc/backup"):
        server.manage("adopt", "--backup", "/proc/backup.sql.gz")
    (earlier := tmp_path / "earlier.sql.gz").write_bytes(b"an earlier backup")
    with pytest.raises(subprocess.CalledProcessError, match=r"earlier\.sql\.gz is there already"):
        server.manage("adopt", "--backup", str(earlier))
    assert earlier.read_bytes() == b"an earlier backup"
    assert old.checksums() == before
    assert "Adopted" in server.manage("adopt", "--no-backup").stdout


def test_other_databases_are_not_touched(mariadb: MariaDB, tmp_path: Path) -> None:
    server = Server(tmp_path, mariadb.create_database("not_published"))
    with pytest.raises(subprocess.CalledProcessError, match="no tables of the published service"):
        server.manage("adopt")
    server.manage("migrate")
    before = server.select("SHOW TABLES")
    assert "Nothing to do" in server.manage("adopt").stdout
    assert server.select("SHOW TABLES") == before


def test_orphans_are_kept_apart(mariadb: MariaDB, tmp_path: Path) -> None:
    """On a table of ours with some, pages fail, and labelling offers tuboids without a series for ever."""
    old = Installation(mariadb.create_database("orphans"), 2, 100, "utf8mb4_general_ci")
    old.make()
    for doomed in ("tuboid_series WHERE id = 1", "tiled_tuboids WHERE id = 2", "images WHERE id = 7"):
        old.execute(f"DELETE FROM {doomed}")
    ids = {
        "uid_annotations": "parent_image_id = 7 OR parent_image_id > 1000",
        "tiled_tuboids": "parent_series_id = 1",
        "itc_labels": "parent_tuboid_id = 2 OR parent_tuboid_id % 2 = 1",
    }
    orphans = {table: old.rows(f"SELECT * FROM {table} WHERE {which} ORDER BY id") for table, which in ids.items()}
    server = Server(tmp_path, old.environment)
    said = server.manage("adopt", "--check").stdout
    server.manage("adopt", "--no-backup")
    for table, rows in orphans.items():
        assert f"are kept in orphans_{table} ({len(rows):,d} rows)" in said, said
        assert old.rows(f"SELECT * FROM orphans_{table} ORDER BY id") == rows
        kept = [row["id"] for row in old.rows(f"SELECT id FROM {table}")]
        assert kept and not {row["id"] for row in rows} & set(kept)
    assert {row["parent_series_id"] for row in old.rows("SELECT parent_series_id FROM tiled_tuboids")} == {2}


def test_rows_that_another_program_adds_meanwhile_are_noticed(mariadb: MariaDB, tmp_path: Path) -> None:
    """One gets the id of a row that is still to be copied: the numbers of rows are the same."""
    old = Installation(mariadb.create_database("meanwhile"), 1, 100, "utf8mb4_general_ci")
    old.make()
    old.execute("DELETE FROM uid_annotations WHERE parent_image_id = 1 OR parent_image_id > 1000")
    server = Server(tmp_path, old.environment)
    log = tmp_path / "adopt.log"
    adoption = Process([sys.executable, "manage.py", "adopt", "--no-backup"], log, server.environment)
    columns = (
        "datetime_created, api_version, api_user, device, datetime, md5, width, height, no_flash_shutter_speed, "
        "no_flash_exposure_time, no_flash_bv, no_flash_iso"
    )
    deadline = time.monotonic() + 60
    while not {"images", "before_adoption_images"} <= set(old.tables()) and time.monotonic() < deadline:
        time.sleep(0.02)
    old.execute(f"INSERT INTO images ({columns}) VALUES (NOW(), '', NULL, '5c17ffff', NOW(), '', 1, 1, 1, 1, 1, 1)")
    while adoption.returncode is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert adoption.returncode == 1 and "images: 99 of 100" in log.read_text(), log.read_text()
    assert len(old.rows("SELECT id FROM before_adoption_images")) == 100
