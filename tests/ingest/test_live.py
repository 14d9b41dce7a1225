"""Ingest by a running server: at the same time, killed, without its parts, and fed with rubbish."""

import io
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from PIL import Image

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.core.formats import parse_image_name
from sticky_pi_api.core.layout import image_keys
from tests.services.mariadb import MariaDB
from tests.services.object_store import ObjectStore
from tests.services.server import ADMIN, Server, backends

NAME = "5c173ff2.2021-06-20_21-33-24.jpg"


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return render(next(Fleet(n_devices=1, days=0.1, size=(640, 480)).shots()))


def put(server: Server, name: str, data: bytes, **fields: str) -> requests.Response:
    return requests.post(
        f"{server.url}/_put_new_images", auth=ADMIN, files={name: (name, data, "image/jpeg")}, data=fields, timeout=60
    )


def assert_one_to_one(server: Server) -> None:
    names = {name.partition(".thumbnail")[0].rpartition("/")[2] for name in server.files()}
    rows = server.select("SELECT device, datetime FROM images")
    assert len(rows) == len(names)
    assert server.files() == {key for name in names for key in image_keys(*parse_image_name(name))}
    assert not server.select("SELECT * FROM pending_files")


def test_twenty_at_the_same_time(server: Server, jpeg: bytes) -> None:
    barrier = threading.Barrier(20)

    def upload(_: int) -> int:
        barrier.wait(30)
        return put(server, NAME, jpeg).status_code

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(upload, range(20)))
    assert codes == [200] + [409] * 19
    assert len(server.files()) == 3
    assert_one_to_one(server)


@pytest.mark.slow
@backends("mariadb-disk")
def test_uploads_of_different_devices_do_not_deadlock(server: Server, jpeg: bytes) -> None:
    def upload(device: int) -> list[int]:
        names = [f"5c173f{device:02x}.2021-06-{n // 24 + 1:02d}_{n % 24:02d}-00-00.jpg" for n in range(150)]
        return [put(server, name, jpeg).status_code for name in names]

    deadlocks = "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'"
    before = server.select(deadlocks)
    with ThreadPoolExecutor(8) as pool:
        assert {code for codes in pool.map(upload, range(8)) for code in codes} == {200}
    assert server.select(deadlocks) == before
    assert_one_to_one(server)


@backends("sqlite-disk", "mariadb-disk")
def test_a_schema_of_another_version(server: Server) -> None:
    server.select("ALTER TABLE images RENAME TO images_before")
    try:
        info = [{"device": "%", "start_datetime": "2020-06-20", "end_datetime": "2020-06-21"}]
        answer = requests.post(f"{server.url}/get_image_series", json=info, auth=ADMIN, timeout=60)
    finally:
        server.select("ALTER TABLE images_before RENAME TO images")
    assert (answer.status_code, answer.json()["code"]) == (503, "wrong_schema")
    assert "manage.py migrate" in answer.json()["detail"]


@pytest.mark.slow
def test_killed_while_it_takes_images_in(server: Server, jpeg: bytes) -> None:
    names = [f"5c173ff2.2021-06-{day:02d}_{hour:02d}-00-00.jpg" for day in range(1, 11) for hour in range(24)]
    answers: list[str] = []

    def upload(name: str) -> None:
        with suppress(requests.RequestException):
            if put(server, name, jpeg).ok:
                answers.append(name)
                if len(answers) == 20:
                    server.kill()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, names))
    server.manage("remove_orphan_files", "--older-than", "0")
    server.start()
    stored = {name.rpartition("/")[2] for name in server.files()}
    assert len(answers) >= 20 and stored.issuperset(answers), "what was answered is there"
    assert_one_to_one(server)
    assert put(server, names[-1], jpeg).status_code == 200


@backends("mariadb-disk")
def test_the_database_is_away(server: Server, mariadb: MariaDB, jpeg: bytes) -> None:
    with mariadb.away():
        answer = put(server, NAME, jpeg)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert put(server, NAME, jpeg).status_code == 200
    assert_one_to_one(server)


@backends("mariadb-s3")
def test_the_object_store_is_away(server: Server, object_store: ObjectStore, jpeg: bytes) -> None:
    with object_store.away():
        answer = put(server, NAME, jpeg)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    server.manage("remove_orphan_files", "--older-than", "0")
    assert_one_to_one(server)
    assert put(server, NAME, jpeg).status_code == 200
    assert_one_to_one(server)


@backends("sqlite-disk")
def test_the_disk_is_away(server: Server, jpeg: bytes) -> None:
    folder = server.data_dir / "files"
    folder.write_text("in the way of the folder")
    answer = put(server, NAME, jpeg)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not server.select("SELECT * FROM images")
    folder.unlink()
    assert put(server, NAME, jpeg).status_code == 200
    assert_one_to_one(server)


def _png(jpeg: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).save(buffer, "PNG")
    return buffer.getvalue()


def _of_100_megapixels(jpeg: bytes) -> bytes:
    """The same file, its header saying 10,000 x 10,000."""
    frame = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:frame] + struct.pack(">HH", 10_000, 10_000) + jpeg[frame + 4 :]


def _flipped(jpeg: bytes) -> bytes:
    """The same file, some bytes in the middle of the picture overwritten."""
    middle = len(jpeg) * 3 // 4
    return jpeg[:middle] + bytes(range(1, 200)) + jpeg[middle + 199 :]


BAD_FILES: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    **{
        f"truncated at {percent} %": (lambda jpeg, p=percent: jpeg[: len(jpeg) * p // 100], 400, "truncated")
        for percent in (10, 50, 90, 99)
    },
    "without its last byte": (lambda jpeg: jpeg[:-1], 400, "truncated"),
    "corrupt": (_flipped, 400, "corrupt"),
    "text": (lambda jpeg: b"not a picture at all\n" * 100, 400, "not a JPEG"),
    "empty": (lambda jpeg: b"", 400, "not a JPEG"),
    "a PNG": (_png, 400, "not a JPEG"),
    "100 megapixels": (_of_100_megapixels, 413, "megapixels"),
    "21 MB": (lambda jpeg: jpeg + bytes(21_000_000), 413, "MB"),
    "50 MB": (lambda jpeg: jpeg + bytes(50_000_000), 413, "larger than"),
}


@backends("sqlite-disk")
@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_refused(server: Server, jpeg: bytes, case: str) -> None:
    spoil, status, words = BAD_FILES[case]
    answer = put(server, NAME, spoil(jpeg))
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert not server.files() and not server.select("SELECT * FROM images")


@backends("sqlite-disk")
@pytest.mark.parametrize(
    "name",
    [
        "../5c173ff2.2021-06-20_21-33-24.jpg",
        "/etc/5c173ff2.2021-06-20_21-33-24.jpg",
        "a\\5c173ff2.2021-06-20_21-33-24.jpg",
        "5c173ff2.2018-06-20_21-33-24.jpg",
        "5c173ff2.2021-02-30_21-33-24.jpg",
        "5C173FF2.2021-06-20_21-33-24.jpg",
        "5c173ff.2021-06-20_21-33-24.jpg",
        "5c173ff2.2021-06-20T21:33:24.jpg",
        "5c173ff2.2021-06-20_21-33-24.jpeg",
        "5c173ff2.2021-06-20_21-33-24.jpg.thumbnail",
        "\u0665c173ff2.2021-06-20_21-33-24.jpg",
        "image",
    ],
)
def test_bad_names_are_refused(server: Server, jpeg: bytes, name: str) -> None:
    answer = put(server, name, jpeg)
    assert answer.status_code == 400, answer.text
    assert answer.json()["items"][0]["index"] == 0
    assert not server.files() and not server.select("SELECT * FROM images")


@backends("sqlite-disk")
def test_md5_is_checked(server: Server, jpeg: bytes) -> None:
    answer = put(server, NAME, jpeg, **{f"{NAME}.md5": "0" * 32})
    assert (answer.status_code, answer.json()["code"]) == (400, "md5_mismatch")
    assert not server.files()


def test_real_images(server: Server, samples: Path) -> None:
    paths = sorted((samples / "images").glob("*.jpg"))
    stored = [row for path in paths for row in put(server, path.name, path.read_bytes()).json()]
    by_name = {path.name: path.read_bytes() for path in paths}
    for pattern in ("%", "0a%", "0A5BB6F4", "%f4"):
        info = [{"device": pattern, "start_datetime": "2020-06-20", "end_datetime": "2020-06-21"}]
        rows = requests.post(f"{server.url}/get_image_series/image", json=info, auth=ADMIN, timeout=60).json()
        assert len(rows) == len(paths) == 5
        for row in rows:
            name = row["url"].partition("?")[0].rpartition("/")[2]
            assert requests.get(row["url"], timeout=60).content == by_name[name]
    keys = [{"device": row["device"], "datetime": row["datetime"]} for row in rows]
    found = requests.post(f"{server.url}/get_images/metadata", json=keys, auth=ADMIN, timeout=60).json()
    assert found == [{**row, "url": ""} for row in stored] and len(found) == 5
