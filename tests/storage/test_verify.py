"""`manage.py verify`: rows against files in both directions, on each backend."""

import contextlib
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measuring import connect, mark
from sticky_pi_api.client import RemoteClient
from sticky_pi_api.core.layout import image_key, image_keys, tuboid_keys
from sticky_pi_api.core.tuboids import parse_tuboid_id
from tests.client.samples import DEVICE, START, series_info, write_image, write_tuboid
from tests.contract.backends import remote_client
from tests.services import Process, object_store
from tests.services.server import Server, backends

OTHER_DEVICE = "0a5bb6f4"


class Files:
    """The files of a server, reached past it."""

    def __init__(self, server: Server) -> None:
        self._environment = server.environment
        self._folder = server.data_dir / "files"
        self._s3 = object_store.client(server.environment) if server.environment.get("S3_HOST") else None
        self._bucket = server.environment.get("S3_BUCKET_NAME")

    def read(self, key: str) -> bytes:
        if self._s3:
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return (self._folder / key).read_bytes()

    def write(self, key: str, data: bytes) -> None:
        if self._s3:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=data)
        else:
            (self._folder / key).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / key).write_bytes(data)

    def write_in_parts(self, key: str, data: bytes) -> None:
        """As large uploads come into a bucket: with an ETag that is no md5."""
        at = {"Bucket": self._bucket, "Key": key}
        upload = {**at, "UploadId": self._s3.create_multipart_upload(**at)["UploadId"]}
        part = self._s3.upload_part(**upload, PartNumber=1, Body=data)
        self._s3.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        )

    def delete(self, key: str) -> None:
        if self._s3:
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        else:
            (self._folder / key).unlink()


@pytest.fixture
def filled(server: Server, tmp_path: Path) -> Server:
    """Twelve images of two traps, three tuboids whose series are named in two ways, a bundle."""
    with remote_client(server, tmp_path / "client") as client:
        fill(client, tmp_path)
    return server


def fill(client: RemoteClient, folder: Path) -> None:
    colours = ["red", "green", "blue"]
    client.put_images(
        [
            write_image(folder / "card", number, device, colour=colours[number % 3])
            for device in (DEVICE, OTHER_DEVICE)
            for number in range(6)
        ]
    )
    tuboids = [write_tuboid(folder / "tuboids", number) for number in range(3)]
    number = tuboids[2].name.rpartition(".")[2]
    old = tuboids[2].rename(tuboids[2].with_name(f"{tuboids[2].name[:48]}.{number}"))
    assert parse_tuboid_id(old.name).algo_version is None
    client.put_tiled_tuboids([*tuboids[:2], old], series_info())
    (folder / "bundle" / "data").mkdir(parents=True)
    (folder / "bundle" / "data" / "one.txt").write_text("one")
    (folder / "bundle" / "data" / "large.db").write_bytes(bytes(9 << 20))
    client.put_ml_bundle_dir("detector", folder / "bundle")


def run(server: Server, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Status, and what it said."""
    try:
        done = server.manage("verify", "--json", *arguments)
    except subprocess.CalledProcessError as error:
        return error.returncode, [json.loads(line) for line in error.stdout.splitlines()]
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def found(said: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(each["kind"], each["key"]) for each in said[:-1]}


def test_all_is_well(filled: Server) -> None:
    for arguments in ((), ("--deep",), ("--deep", "--repair")):
        status, [said] = run(filled, *arguments)
        assert (status, said["summary"]["open"]) == (0, 0)
        assert said["summary"]["files"] == {"raw_images": 36, "tiled_tuboids": 9, "ml": 2}
    assert "raw_images" in filled.manage("verify").stdout


def break_it(server: Server) -> dict[str, set[tuple[str, str]]]:
    """Breaks one thing of each kind. Returns what is found without reading files, and what by reading them."""
    files, keys = Files(server), sorted(image_keys(DEVICE, START))
    image, thumbnail, mini = keys
    [other, *_] = image_keys(OTHER_DEVICE, START)
    tuboid_id = server.select("SELECT tuboid_id FROM tiled_tuboids ORDER BY tuboid_id")[0][0]
    tuboid, context, metadata = tuboid_keys(tuboid_id)
    orphans = {
        image.replace(DEVICE, "ffffffff"),
        f"raw_images/{DEVICE}/notes.txt",
        image.replace(f"/{DEVICE}/", f"/{OTHER_DEVICE}/"),
        "tiled_tuboids/stray",
        tuboid.replace("tuboid.jpg", "else.jpg"),
    }
    for key in orphans:
        files.write(key, b"stray")
    for key in (thumbnail, other, context):
        files.delete(key)
    files.write(mini, b"")
    files.write(metadata, b"no shots")
    damaged = sorted(image_keys(OTHER_DEVICE, START))[0].replace("18-46-57", "19-06-57")
    files.write(damaged, files.read(image))
    at_once = {
        *(("orphan", key) for key in orphans),
        *(("missing", key) for key in (other, context)),
        ("no thumbnail", thumbnail),
        ("damaged", mini),
    }
    read = {("damaged", damaged), ("damaged", metadata)}
    # A bucket's listing has the md5 of what is there now; on disk, what came is remembered.
    in_bucket = bool(server.environment.get("S3_HOST"))
    return {"listing": at_once | ({("damaged", damaged)} if in_bucket else set()), "deep": at_once | read}


def test_what_is_wrong_is_found_and_repaired(filled: Server) -> None:
    before = filled.files()
    expected = break_it(filled)
    broken = filled.files()
    status, said = run(filled)
    assert (status, found(said)) == (1, expected["listing"])
    status, said = run(filled, "--deep")
    assert (status, found(said)) == (1, expected["deep"])
    assert filled.files() == broken, "without --repair nothing is changed"

    status, said = run(filled, "--deep", "--repair")
    repaired = {each["key"]: each["repaired"] for each in said[:-1] if each["repaired"]}
    orphans = {key for kind, key in expected["deep"] if kind == "orphan"}
    remade = {key for kind, key in expected["deep"] if key.endswith((".thumbnail", ".thumbnail-mini"))}
    assert status == 1 and set(repaired) == orphans | remade
    left = {each["key"] for each in said[:-1] if not each["repaired"]}
    now = filled.files()
    aside = {key for key in now if key.startswith("quarantine/")}
    assert {key.split("/", 2)[2] for key in aside} == orphans | {key for key in remade if key in broken}
    assert now - aside == before - {key for kind, key in expected["deep"] if kind == "missing"}
    stray = next(key for key in aside if key.endswith("notes.txt"))
    assert Files(filled).read(stray) == b"stray"
    status, said = run(filled, "--deep")
    assert status == 1 and {key for _, key in found(said)} == left


def test_work_under_way_is_no_finding(filled: Server) -> None:
    key = image_key("ffffffff", START)
    Files(filled).write(key, b"on its way")
    filled.execute(f"INSERT INTO pending_files (`key`, datetime_created) VALUES ('{key}', '2022-05-17 18:46:57')")
    assert run(filled, "--repair")[0] == 0 and key in filled.files()


@backends("mariadb-s3")
def test_an_etag_of_parts_is_no_md5(filled: Server) -> None:
    files, key = Files(filled), image_key(DEVICE, START)
    files.write_in_parts(key, files.read(key))
    files.write_in_parts("ml/detector/data/parts.db", bytes(100))
    for arguments in ((), ("--deep",)):
        assert run(filled, *arguments)[0] == 0


@backends("sqlite-disk")
def test_a_bundle_is_as_it_came(filled: Server) -> None:
    path = filled.data_dir / "files" / "ml" / "detector" / "data" / "one.txt"
    moment = path.stat().st_mtime_ns
    path.write_text("two")
    os.utime(path, ns=(moment, moment))
    (path.parent / "README.md").write_text("not of the bundle, and nobody's business")
    assert run(filled) == (0, run(filled)[1])
    assert found(run(filled, "--deep")[1]) == {("damaged", "ml/detector/data/one.txt")}


@backends("sqlite-disk")
def test_rows_and_names_that_are_not_taken_today(filled: Server) -> None:
    """Earlier services took dates before 2019-11; names on a disk may be any bytes."""
    first = f"device = '{DEVICE}' AND datetime LIKE '{START:%Y-%m-%d %H:%M:%S}%'"
    filled.execute(f"UPDATE images SET datetime = '2015-01-01 00:00:00' WHERE {first}")
    strange = Path(os.fsdecode(os.fsencode(filled.data_dir / "files" / "raw_images") + b"/\xff.jpg"))
    strange.write_bytes(b"x")
    image, *thumbnails = image_keys(DEVICE, datetime(2015, 1, 1))
    status, said = run(filled, "--repair")
    assert status == 1 and {(each["kind"], each["key"]) for each in said[:-1] if not each["repaired"]} == {
        ("missing", image),
        *(("no thumbnail", key) for key in thumbnails),
        ("orphan", "raw_images/\udcff.jpg"),
    }
    assert {each["key"] for each in said[:-1] if each["repaired"]} == set(image_keys(DEVICE, START))
    assert strange.exists()
    with pytest.raises(subprocess.CalledProcessError) as told:
        filled.manage("verify")
    assert "raw_images/\\udcff.jpg: its name is no text" in told.value.stdout


@pytest.mark.slow
@backends("sqlite-disk", "mariadb-s3")
def test_killed_it_goes_on_where_it_was(filled: Server, tmp_path: Path) -> None:
    n_rows, state, output = 20_000, tmp_path / "state", tmp_path / "output"
    with contextlib.closing(connect(filled)) as connection:
        fill_images(connection, mark(filled), n_rows)
    command = [sys.executable, "manage.py", "verify", "--json", "--state", state]
    sizes, known = [], 0
    for _ in range(2):
        process = Process(command, output, filled.environment)
        process.wait_until(lambda known=known: missing_in(state) > known, 120)
        process.kill()
        known = missing_in(state)
        sizes.append(len(output.read_text().splitlines()))
    assert 0 < sizes[0] < sizes[1] < 3 * n_rows
    status, said = run(filled, "--state", str(state))
    assert status == 1 and len(said) - 1 <= 3 * (n_rows - known) + 2  # a step ends within an image
    assert said[-1]["summary"]["found"] == {"missing": n_rows, "no thumbnail": 2 * n_rows}
    whole = [json.loads(line) for line in output.read_text().splitlines() if line.endswith("}")]
    assert len({each["key"] for each in [*whole, *said[:-1]]}) == 3 * n_rows and not state.exists()


def missing_in(state: Path) -> int:
    return json.loads(state.read_text())["found"].get("missing", 0) if state.exists() else 0


def fill_images(connection: Any, placeholder: str, n_rows: int) -> None:
    """Rows without files, as of a bucket that has been thinned out."""
    row = {"md5": "0" * 32, "width": 4, "height": 3, "datetime_created": "2022-01-01 00:00:00", "api_version": "1"}
    columns = ["device", "datetime", *row]
    statement = f"INSERT INTO images ({', '.join(columns)}) VALUES ({', '.join([placeholder] * len(columns))})"
    moments = (datetime(2021, 1, 1) + timedelta(minutes=20 * number) for number in range(n_rows // 10))
    values = [(f"0a00000{n}", f"{moment:%Y-%m-%d %H:%M:%S}", *row.values()) for moment in moments for n in range(10)]
    connection.cursor().executemany(statement, values)
    connection.commit()
