"""The feed of changes: whole, in order, and never twice, while many write."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.client import RemoteClient
from tests.accounts.test_device_keys import assert_error, call, make
from tests.client.samples import DEVICE, START, annotation, label, series_info, write_image, write_tuboid
from tests.desk.conftest import jpeg
from tests.services import mariadb
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")
WRITERS, ROUNDS = 16, 6
Change = dict[str, Any]


def ask(server: Server, auth: Any = ADMIN, **query: Any) -> Any:
    answer = call(server, "/api/changes/", auth, "GET", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_on(server: Server, since: int = 0, **query: Any) -> Iterator[Change]:
    while True:
        page = ask(server, since=since, **query)
        yield from page["results"]
        since = page["last"]
        if not page["next"]:
            return


def put(server: Server, *names: str) -> None:
    files = {name: (name, jpeg(), "image/jpeg") for name in names}
    call(server, "/_put_new_images", files=files).raise_for_status()


def some_names(device: str, first: int, number: int) -> list[str]:
    moments = (datetime(2022, 6, 20) + timedelta(minutes=first + n) for n in range(number))
    return [f"{device}.{moment:%Y-%m-%d_%H-%M-%S}.jpg" for moment in moments]


def test_what_came_and_went(server: Server, tmp_path: Path) -> None:
    assert ask(server) == {"next": None, "previous": None, "results": [], "last": 0}
    with RemoteClient(tmp_path, "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        client.put_images([write_image(tmp_path / "files", n) for n in range(2)])
        client.put_uid_annotations(
            [annotation(image) for image in client.get_images([{"device": DEVICE, "datetime": START}])]
        )
        directory = write_tuboid(tmp_path)
        client.put_tiled_tuboids([directory], series_info())
        client.put_itc_labels([label(directory.name)])
        days = {"start_datetime": START - timedelta(days=9), "end_datetime": START + timedelta(days=9)}
        client.delete_tiled_tuboids([{"device": DEVICE, **days}])
        client.delete_images([{"device": DEVICE, "datetime": START}])
    found, image = list(read_on(server)), f"{DEVICE}.{START:%Y-%m-%d_%H-%M-%S}.jpg"
    assert [each["id"] for each in found] == list(range(1, 12)) and {each["device"] for each in found} == {DEVICE}
    assert [(each["kind"], each["action"]) for each in found] == [
        *((kind, "came") for kind in ("image", "image", "annotation", "tuboid-series", "tuboid", "label")),
        *((kind, "went") for kind in ("label", "tuboid", "tuboid-series", "annotation", "image")),
    ]
    assert [each["name"] for each in found[-2:]] == [image] * 2
    assert [each["name"] for each in found if each["kind"] in ("label", "tuboid")] == [directory.name] * 4
    assert [each["id"] for each in read_on(server, kind="annotation,label")] == [3, 6, 7, 10]
    assert list(read_on(server, device="0a%")) == [] and len(list(read_on(server, device=f"{DEVICE[:3]}%"))) == 11
    assert [each["id"] for each in read_on(server, since=4, limit=2)] == list(range(5, 12))
    assert ask(server)["last"] == 11


def test_two_readers_under_sixteen_writers(server: Server) -> None:
    done = threading.Event()

    def write(writer: int) -> list[str]:
        device, kept = f"5c17{writer:04x}", []
        for turn in range(ROUNDS):
            gone, *others = several = some_names(device, 10 * turn, 1 + (writer + turn) % 4)
            put(server, *several)
            asked = [{"device": device, "datetime": gone.split(".")[1]}]
            call(server, "/delete_images", json=asked).raise_for_status()
            kept += others
        return kept

    def read(limit: int) -> list[Change]:
        found: list[Change] = []
        while True:
            is_last = done.is_set()
            found += read_on(server, since=found[-1]["id"] if found else 0, limit=limit)
            if is_last:
                return found

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        readers = [pool.submit(read, limit) for limit in (1000, 3)]
        try:
            kept = [name for names in pool.map(write, range(WRITERS)) for name in names]
        finally:
            done.set()
        first, second = (reader.result() for reader in readers)
    assert first == second and [change["id"] for change in first] == list(range(1, len(first) + 1))
    state: dict[str, str] = {}
    for change in first:  # what goes has come, and each once
        assert (state.get(change["name"]), change["action"]) in ((None, "came"), ("came", "went")), change
        state[change["name"]] = change["action"]
    assert sorted(kept) == sorted(name for name, action in state.items() if action == "came")
    assert len(first) == len(state) + WRITERS * ROUNDS
    assert server.select("SELECT * FROM pending_changes") == []


def test_a_transaction_that_is_long_open_neither_stops_the_feed_nor_is_lost(server: Server) -> None:
    if "MYSQL_HOST" not in server.environment:
        pytest.skip("SQLite has one writer at a time")
    early, late = some_names(DEVICE, 0, 2)
    with closing(mariadb.connect(server.environment)) as connection:
        connection.cursor().execute(
            "INSERT INTO pending_changes (kind, action, row_id, device, name, datetime) "
            f"VALUES ('image', 'came', 7, '{DEVICE}', '{early}', UTC_TIMESTAMP())"
        )
        put(server, late)
        began = time.perf_counter()
        assert [(each["id"], each["name"]) for each in read_on(server)] == [(1, late)]
        assert time.perf_counter() - began < 2, "it waits for nobody"
        connection.commit()
    assert [(each["id"], each["name"]) for each in read_on(server, since=1)] == [(2, early)]


def test_what_fails_is_no_change(server: Server) -> None:
    [name] = some_names(DEVICE, 0, 1)
    put(server, name)
    for data in (jpeg(), b"damaged"):
        for names in ((name,), (name, "5c173ff2.2023-06-20_21-33-24.jpg")):
            files = {each: (each, data, "image/jpeg") for each in names}
            assert call(server, "/_put_new_images", files=files).status_code in (400, 409)
    assert [each["name"] for each in read_on(server)] == [name]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"since": "-1"}, "since"),
        ({"since": "x"}, "since"),
        ({"since": "\u0661"}, "since"),
        ({"since": "9" * 30}, "since"),
        ({"since": "5"}, "read all anew"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"kind": "image,card"}, "'card'"),
        ({"device": "é"}, "pattern"),
    ],
)
def test_what_is_no_question(server: Server, query: dict[str, str], word: str) -> None:
    answer = call(server, "/api/changes/", method="GET", params={"since": "0", **query})
    assert_error(answer, 400, "invalid")
    assert word in answer.json()["detail"]


def test_who_reads_the_feed(server: Server) -> None:
    assert_error(call(server, "/api/changes/", make(server, "%"), "GET"), 403)
    assert_error(call(server, "/api/changes/", None, "GET"), 401)
    call(server, "/put_users", json=[{"username": "r", "password": "a password 9", "can_write": False}])
    assert ask(server, ("r", "a password 9"), since=0)["results"] == []
    assert call(server, "/api/changes/").status_code == 405
