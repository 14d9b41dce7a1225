"""Statuses of devices: kept, bounded, compared with the server's clock, and shown where a trap is silent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from images.statuses import HISTORY
from tests.accounts.test_device_keys import OTHERS, OURS, assert_error, call, make, upload
from tests.desk.conftest import jpeg
from tests.services.server import Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")
ADDRESS = f"/api/devices/{OURS}/status/"


def say(server: Server, auth: Any, device: str = OURS, **status: Any) -> requests.Response:
    return call(server, f"/api/devices/{device}/status/", auth, json=status)


def clock(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def test_a_status_is_kept(server: Server) -> None:
    key = make(server)
    said = {"battery": 4, "disk_free": 12_000_000, "version": "3.1.0", "errors": ["camera: no answer"]}
    made = say(server, key, **said, clock=clock(hours=-2), temperature=21)
    row = made.json()
    assert made.status_code == 201 and {name: row[name] for name in said} == said
    assert (
        row["is_clock_off"] and row["clock_offset"] == pytest.approx(-7200, abs=30) and row["api_user"] == "key:orchard"
    )
    assert say(server, key, OURS.upper()).status_code == 201, "that it is heard of is something"
    listed = call(server, ADDRESS, method="GET").json()
    assert [each["battery"] for each in listed["results"]] == [None, 4] and listed["next"] is None
    assert call(server, f"/api/devices/{OTHERS}/status/", method="GET").json()["results"] == []
    for ahead, is_off in ((9.5, False), (-9.5, False), (10.5, True), (-10.5, True)):
        assert say(server, key, clock=clock(minutes=ahead)).json()["is_clock_off"] is is_off, ahead


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ({"battery": 101}, "'battery'"),
        ({"battery": "full"}, "'battery'"),
        ({"battery": True}, "'battery'"),
        ({"battery": [1, 2]}, "'battery'"),
        ({"disk_free": -1}, "'disk_free'"),
        ({"disk_free": 1e300}, "'disk_free'"),
        ({"version": "x" * 65}, "'version'"),
        ({"version": "\0"}, "'version'"),
        ({"clock": "noon"}, "'clock'"),
        ({"clock": "0001-01-01"}, "'clock'"),
        ({"clock": "9999-12-31T23:59:59Z"}, "'clock'"),
        ({"errors": ["x"] * 21}, "'errors'"),
        ({"errors": [1]}, "'errors'"),
        ({"errors": {"a": 1}}, "'errors'"),
    ],
)
def test_what_is_no_status(server: Server, status: Any, word: str) -> None:
    answer = say(server, make(server), **status)
    assert_error(answer, 400, "invalid")
    assert word in answer.json()["detail"] and not server.select("SELECT * FROM device_statuses")


def test_bodies_that_are_none(server: Server) -> None:
    key = make(server)
    for body in (b"", b"[]", b"5", b"{", b"[" * 100_000, b"\xff"):
        assert_error(call(server, ADDRESS, key, data=body, headers={"Content-Type": "application/json"}), 400)
    for device in ("orchard", "%", f"{OURS}0", "5c173ff%25"):
        assert say(server, key, device).status_code in (400, 403, 404), device


def test_whose_statuses_a_key_sends_and_reads(server: Server) -> None:
    key = make(server)
    assert_error(say(server, key, OTHERS, battery=50), 403)
    assert_error(call(server, ADDRESS, key, "GET"), 403)
    assert_error(call(server, ADDRESS, None, json={}), 401)
    call(server, "/put_users", json=[{"username": "r", "password": "a password 9", "can_write": False}])
    assert_error(say(server, ("r", "a password 9"), battery=5), 403)
    assert call(server, ADDRESS, ("r", "a password 9"), "GET").status_code == 200
    assert not server.select("SELECT * FROM device_statuses")


def test_the_history_is_bounded(server: Server) -> None:
    key = make(server)
    say(server, key, battery=1)
    say(server, key, "5c17aaaa", battery=99)
    columns = "device, api_version, datetime_created, errors"
    for _ in range(HISTORY + 40):
        server.execute(
            f"INSERT INTO device_statuses ({columns}) SELECT {columns} FROM device_statuses WHERE battery = 1 LIMIT 1"
        )
    last = say(server, key, battery=2).json()
    kept = call(server, ADDRESS, method="GET").json()["results"]
    assert len(kept) == HISTORY and kept[0]["id"] == last["id"]
    assert server.select("SELECT COUNT(*) FROM device_statuses WHERE device = '5c17aaaa'") == [(1,)]


def test_the_desk_says_why_a_trap_is_silent(server: Server) -> None:
    key, session = make(server), requests.Session()
    name = f"{OURS}.{datetime.now(UTC) - timedelta(hours=30):%Y-%m-%d_%H-%M-%S}.jpg"
    assert upload(server, key, jpeg(), name).status_code == 201
    login = f"{server.url}/admin/login/"
    session.get(login, timeout=60)
    form = {"username": "admin", "password": "admin-password", "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    session.post(login, form, timeout=60, headers={"Referer": login})
    fleet, device = f"{server.url}/admin/desk/", f"{server.url}/admin/desk/devices/{OURS}/"

    def shown(*addresses: str) -> list[str]:
        return [session.get(address, timeout=60).text for address in addresses]

    assert not any("heard of" in page or "says of itself" in page for page in shown(fleet, device))
    say(server, key, battery=4, errors=["<b>camera</b>"], clock=clock(hours=3, minutes=5))
    say(server, key, "5c17aaaa", battery=80)
    for page in shown(fleet, device):
        assert "but sends no images: battery at 4 %; clock 3 h ahead" in page
        assert "error: &lt;b&gt;camera&lt;/b&gt;" in page and "dated wrongly" in page
    say(server, key, battery=4, errors=["long" * 100, *"123456789"])
    for page in shown(fleet):
        assert "longlon…" in page and "long" * 50 not in page and "7 more errors" in page
    [page] = shown(fleet)
    assert "5c17aaaa" in page and "has sent no image yet; heard of 0 min ago" in page
    long_ago = "2026-01-01 00:00:00"
    server.execute(f"UPDATE device_statuses SET datetime_created = '{long_ago}', clock = '{long_ago}'")
    for page in shown(fleet, device):
        assert "last heard of" in page.lower() and "battery at 4 %" in page and "dated wrongly" not in page
