"""Device keys over HTTP: what harvesters do with one, and what nobody can."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import RemoteClient
from sticky_pi_api.core.errors import Conflict, PermissionDenied
from sticky_pi_api.core.operations import OPERATIONS
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")
OURS, OTHERS = "5c173ff2", "5c273ff2"
NAME, FOREIGN = f"{OURS}.2021-06-20_21-33-24.jpg", f"{OTHERS}.2021-06-20_21-33-24.jpg"
Key = dict[str, Any]


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return render(next(Fleet(n_devices=1, days=0.1, size=(640, 480)).shots()))


def call(server: Server, path: str, auth: Any = ADMIN, method: str = "POST", **options: Any) -> requests.Response:
    if isinstance(auth, dict):
        options["headers"], auth = {**options.get("headers", {}), "Authorization": f"Bearer {auth['key']}"}, None
    return requests.request(method, server.url + path, auth=auth, timeout=60, allow_redirects=False, **options)


def make(server: Server, devices: str = "5c17%", **fields: str) -> Key:
    answer = call(server, "/api/keys/", json={"name": "orchard", "devices": devices, **fields})
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store", answer.text
    return answer.json()


def upload(server: Server, auth: Any, data: bytes, name: str = NAME, **fields: str) -> requests.Response:
    return call(server, "/api/images/", auth, files={"file": (name, data, "image/jpeg")}, data=fields)


def put(server: Server, auth: Any, data: bytes, *names: str) -> requests.Response:
    return call(server, "/_put_new_images", auth, files={name: (name, data, "image/jpeg") for name in names})


def assert_error(answer: requests.Response, status: int, code: str = "") -> None:
    assert answer.status_code == status and answer.json().keys() >= {"detail", "code"}, answer.text
    assert answer.json()["code"] == code or not code


def test_a_harvester_uploads_with_a_key(server: Server, jpeg: bytes) -> None:
    key = make(server)
    assert upload(server, key, jpeg).status_code == 201
    for password in ("", "x", key["key"]):
        assert upload(server, (key["key"], password), jpeg).status_code == 200
    later = f"{OURS}.2021-06-20_21-53-24.jpg"
    [row] = put(server, (key["key"], "whatever"), jpeg, later).json()
    assert (row["api_user"], row["api_user_id"]) == ("key:orchard", None)
    named = [{"name": name, "md5": row["md5"]} for name in (NAME, later, NAME.replace("21-33", "22-33"))]
    assert call(server, "/api/images/missing/", key, json=named).json() == {
        "absent": [named[2]["name"]],
        "different": [],
    }
    wanted = [{"device": OURS, "datetime": name.split(".")[1]} for name in (NAME, later)]
    found = call(server, "/get_images", key, json=wanted).json()
    assert [each["md5"] for each in found] == [row["md5"]] * 2
    assert {name for each in found for name in each} == {"id", "device", "datetime", "md5", "url"}


def test_the_client_of_before_uploads_with_a_key(server: Server, jpeg: bytes, tmp_path: Path) -> None:
    names = [f"{OURS}.2021-06-20_{hour:02d}-33-24.jpg" for hour in range(4)]
    for name in [*names, FOREIGN]:
        (tmp_path / name).write_bytes(jpeg)
    address = {"host": "127.0.0.1", "protocol": "http", "port": server.port}
    with RemoteClient(tmp_path / "client", username=make(server)["key"], password="-", **address) as client:
        assert len(client.put_images([tmp_path / name for name in names[:3]])) == 3
        assert len(client.put_images([tmp_path / name for name in names])) == 1, "three are there"
        with pytest.raises(PermissionDenied, match=OTHERS):
            client.put_images([tmp_path / FOREIGN])
        (tmp_path / names[0]).write_bytes(jpeg + b" ")
        with pytest.raises(Conflict):
            client.put_images([tmp_path / names[0]])
        with pytest.raises(PermissionDenied):
            client.get_image_series([{"device": OURS, "start_datetime": "2021-06-20", "end_datetime": "2021-06-21"}])


@pytest.mark.parametrize("pattern", ["5c17%", OURS, "5C173FF_", "%3ff2", "5%2"])
def test_a_pattern_lets_in_what_it_matches_whole(server: Server, jpeg: bytes, pattern: str) -> None:
    key = make(server, pattern)
    assert upload(server, key, jpeg).status_code == 201
    for foreign in ("0a5c17f2", "f5c17ff0", "6c173ff3", "%c173ff2", "5c17_ff2", f"{OURS}0"):
        answer = upload(server, key, jpeg, f"{foreign}.2021-06-20_21-33-24.jpg")
        assert answer.status_code == (403 if len(foreign) == 8 and foreign.isalnum() else 400), answer.text


@pytest.mark.parametrize(
    "devices", ["5c17", "", "%%%%%%%%%%5c173ff2%0", "5c173ff2a", "orchard%", "5c1\\%", "é%", "_", None, 5, ["a%", "b%"]]
)
def test_a_pattern_that_matches_no_device_is_refused(server: Server, devices: Any) -> None:
    answer = call(server, "/api/keys/", json={"name": "orchard", "devices": devices})
    assert_error(answer, 400, "invalid")
    assert "'devices'" in answer.json()["detail"] and not server.select("SELECT * FROM device_keys")


def test_a_pattern_is_kept_in_its_shortest_form(server: Server) -> None:
    assert make(server, "5C%%%")["devices"] == "5c%", "a long row of % widens the page of keys"


def test_a_key_for_other_devices(server: Server, jpeg: bytes) -> None:
    key, md5 = make(server), "0" * 32
    assert_error(upload(server, key, jpeg, FOREIGN), 403, "permission_denied")
    refused = put(server, key, jpeg, NAME, FOREIGN)
    assert_error(refused, 403)
    assert refused.json()["items"][0]["index"] == 1 and OTHERS in refused.json()["detail"]
    named = [{"name": NAME, "md5": md5}, {"name": FOREIGN, "md5": md5}]
    assert_error(call(server, "/api/images/missing/", key, json=named), 403)
    for asked in ({"device": OTHERS}, {"device": [OTHERS]}):
        assert_error(call(server, "/get_images", key, json=[{**asked, "datetime": "2021-06-20_21-33-24"}]), 403)
    assert server.select("SELECT * FROM images") == [] and not server.files()


def test_a_key_reads_nothing_and_signs_in_nowhere(server: Server, jpeg: bytes) -> None:
    key = make(server, "%")
    stored = upload(server, key, jpeg).json()
    span = [
        {
            "device": OURS,
            "datetime": "2021-06-20_21-33-24",
            "start_datetime": "2021-01-01",
            "end_datetime": "2022-01-01",
        }
    ]
    allowed = {"get_token", "get_images", "_put_new_images"}
    for auth in (key, (key["key"], ""), (key["key"], "x")):
        for name, operation in OPERATIONS.items():
            for what in operation.whats or ("",):
                if name not in allowed or what not in ("", "metadata"):
                    assert_error(call(server, f"/{name}/{what}".rstrip("/"), auth, json=span), 403, "permission_denied")
        index = call(server, "/api/", method="GET").json()
        addresses = [address.removeprefix(server.url) for address in index.values()]
        addresses += ["/api/", "/api/activity/nights/", "/api/users/me/", f"/api/images/{stored['id']}/"]
        for address in [*addresses, f"/api/devices/{OURS}/", f"/api/keys/{key['id']}/", "/api/images/count/"]:
            for accept in ("application/json", "text/html", "text/csv"):
                answer = call(server, address, auth, "GET", headers={"Accept": accept})
                assert answer.status_code in ((403, 400) if accept == "text/csv" else (403,)), address
        for address in ("/api/keys/", f"/api/keys/{key['id']}/rotate/", f"/api/keys/{key['id']}/revoke/"):
            assert_error(call(server, address, auth, json={"name": "mine", "devices": "%"}), 403)
        assert_error(call(server, f"/api/images/{stored['id']}/", auth, "DELETE"), 403)
        page = call(server, "/admin/", auth, "GET")
        assert page.status_code == 302 and "/admin/login/" in page.headers["Location"]
    token = call(server, "/get_token", key).json()["token"]
    assert token == key["key"], "no token that would outlive the key"


def test_a_key_does_not_open_the_desk(server: Server) -> None:
    key, session, login = make(server, "%"), requests.Session(), f"{server.url}/admin/login/"
    for password in (key["key"], "x", ADMIN[1]):
        session.get(login, timeout=60)
        form = {"username": key["key"], "password": password, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
        assert session.post(login, form, timeout=60, headers={"Referer": login}).url == login
    assert "sessionid" not in session.cookies
    for auth in ((ADMIN[0], key["key"]), (key["key"].upper(), "x"), (ADMIN[0], "")):
        assert_error(call(server, "/get_images", auth, json=[]), 401)


def test_a_page_is_no_way_around(server: Server, jpeg: bytes) -> None:
    """A browser's Accept header gets a key JSON: pages are drawn for users."""
    key = make(server)
    answer = call(
        server,
        "/api/images/",
        key,
        files={"file": (NAME, jpeg, "image/jpeg")},
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 201 and answer.json()["device"] == OURS
    html = {"Accept": "text/html, */*;q=0.8"}
    assert call(server, "/api/images/missing/", key, json=[], headers=html).json()["absent"] == []
    for public in ("/api/schema/", "/api/docs/"):
        assert call(server, public, key, "GET", headers=html).status_code == 200


def test_a_revoked_key_is_refused_at_once(server: Server, jpeg: bytes) -> None:
    key, other = make(server), make(server)
    token = call(server, "/get_token", key).json()["token"]
    assert upload(server, key, jpeg).status_code == 201
    revoked = call(server, f"/api/keys/{key['id']}/revoke/").json()
    assert (revoked["state"], revoked["revoked_by"]) == ("revoked", ADMIN[0]) and "key" not in revoked
    for auth in (key, (key["key"], ""), {"key": token}, (token, "")):
        for _ in range(4):  # whichever worker answers
            assert_error(upload(server, auth, jpeg), 401, "bad_key")
            assert_error(call(server, "/get_token", auth), 401, "bad_key")
    assert call(server, f"/api/keys/{key['id']}/revoke/").json()["revoked"] == revoked["revoked"]
    assert_error(call(server, f"/api/keys/{key['id']}/rotate/", json={}), 409)
    assert upload(server, other, jpeg).status_code == 200


def test_nothing_comes_in_by_a_key_once_it_is_revoked(server: Server, jpeg: bytes) -> None:
    key = make(server)
    with ThreadPoolExecutor(6) as pool:
        names = [f"{OURS}.2021-06-20_{n // 60:02d}-{n % 60:02d}-00.jpg" for n in range(120)]
        sent = [
            pool.submit(lambda name=name: (time.time(), upload(server, key, jpeg, name).status_code)) for name in names
        ]
        while not server.select("SELECT COUNT(*) FROM images")[0][0]:
            time.sleep(0.01)
        call(server, f"/api/keys/{key['id']}/revoke/").raise_for_status()
        ended = time.time()
    answers = [each.result() for each in sent]
    assert {code for began, code in answers if began > ended} == {401}
    assert server.select("SELECT COUNT(*) FROM images") == [(sum(code == 201 for _, code in answers),)]


def test_a_key_expires(server: Server, jpeg: bytes) -> None:
    key = make(server, expires="2030-01-01")
    assert key["expires"] == "2030-01-01T00:00:00Z" and upload(server, key, jpeg).status_code == 201
    server.execute("UPDATE device_keys SET expires = '2020-01-01 00:00:00'")
    assert_error(upload(server, key, jpeg), 401, "bad_key")
    assert call(server, f"/api/keys/{key['id']}/", method="GET").json()["state"] == "expired"
    for expires in ("2020-01-01", "9999-12-31T23:59:59Z", "soon", 5):
        assert_error(call(server, "/api/keys/", json={"name": "x", "devices": "%", "expires": expires}), 400, "invalid")


def test_rotation(server: Server, jpeg: bytes) -> None:
    first = make(server)
    kept = call(server, f"/api/keys/{first['id']}/rotate/", json={"keep_hours": 2}).json()
    assert kept["key"] != first["key"] and (kept["name"], kept["devices"]) == (first["name"], first["devices"])
    assert upload(server, first, jpeg).status_code == 201 and upload(server, kept, jpeg).status_code == 200
    assert call(server, f"/api/keys/{first['id']}/", method="GET").json()["expires"] is not None
    last = call(server, f"/api/keys/{kept['id']}/rotate/").json()
    assert upload(server, last, jpeg).status_code == 200
    assert_error(upload(server, kept, jpeg), 401, "bad_key")
    for hours in (-1, 721, "x", 1.5):
        assert_error(call(server, f"/api/keys/{last['id']}/rotate/", json={"keep_hours": hours}), 400)
    assert_error(call(server, "/api/keys/999999/rotate/", json={}), 404)


def test_what_is_kept_of_a_key(server: Server) -> None:
    key = make(server)
    secret = key["key"].rpartition("_")[2]
    rows = server.select("SELECT * FROM device_keys")
    assert len(key["key"]) > 60 and secret not in repr(rows) and key["prefix"] in repr(rows)
    shown = call(server, "/api/keys/", method="GET").text + call(server, f"/api/keys/{key['id']}/", method="GET").text
    assert key["key"] not in shown and "digest" not in shown and key["prefix"] in shown
    assert len({make(server)["key"] for _ in range(5)}) == 5
    assert key["key"] not in server.recent_log()


def test_the_last_use_is_noted_once_a_minute(server: Server, jpeg: bytes) -> None:
    key = make(server)
    assert key["last_used"] is None
    noted = "SELECT last_used, last_address FROM device_keys"
    upload(server, key, jpeg)
    [(first, address)] = server.select(noted)
    assert first is not None and address == "127.0.0.1"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: upload(server, key, jpeg), range(16)))
    assert server.select(noted) == [(first, address)]
    server.execute("UPDATE device_keys SET last_used = '2026-01-01 00:00:00'")
    upload(server, key, jpeg)
    assert "2026-01-01 00:00" not in str(server.select(noted)[0][0])


def test_what_is_nearly_a_key(server: Server) -> None:
    key = make(server)["key"]
    wrong = "A" if key[-2] != "A" else "B"
    for text in (
        *(
            key[:-1],
            key + "A",
            key[:-2] + wrong + key[-1],
            key.replace("stickypi_", "stickypi"),
            f"{key}\n",
            f" {key}"[1:-3],
        ),
        *(
            f"stickypi_{'0' * 12}_{'A' * 43}",
            f"stickypi_{'%' * 12}_{'A' * 43}",
            "stickypi_" + "é" * 60,
            "stickypi_" * 500,
        ),
    ):
        for auth in ((text.encode(), b""), (text.encode(), b"x")):
            answer = call(server, "/_put_new_images", auth)
            assert answer.status_code in (401, 400), text
        bearer = {"Authorization": b"Bearer " + text.encode().replace(b"\n", b"")}
        if not text.endswith("\n"):
            assert call(server, "/get_images", None, headers=bearer, json=[]).status_code == 401


def test_the_time_of_an_answer_tells_no_prefix(server: Server) -> None:
    known = make(server)["key"].rpartition("_")[0]

    def seconds(prefix: str) -> float:
        began = time.perf_counter()
        assert call(server, "/get_images", {"key": f"{prefix}_{'A' * 43}"}, json=[]).status_code == 401
        return time.perf_counter() - began

    times = [(seconds(known), seconds("stickypi_000000000000")) for _ in range(60)]
    ours, others = map(statistics.median, zip(*times, strict=True))
    assert abs(ours - others) < 0.02, "no slow hash, and none to wait for"


def test_only_administrators_make_keys(server: Server) -> None:
    key = make(server)
    call(server, "/put_users", json=[{"username": "writer", "password": "a password 9"}]).raise_for_status()
    writer = ("writer", "a password 9")
    assert_error(call(server, "/api/keys/", writer, json={"name": "x", "devices": "%"}), 403)
    for method, address in (("GET", "/api/keys/"), ("GET", f"/api/keys/{key['id']}/")):
        assert_error(call(server, address, writer, method), 403)
        assert_error(call(server, address, None, method), 401)
    for action in ("revoke", "rotate"):
        assert_error(call(server, f"/api/keys/{key['id']}/{action}/", writer, json={}), 403)
    assert call(server, f"/api/keys/{key['id']}/", method="GET").json()["state"] == "good"
    for fields in ({}, [], "x", None, {"name": "x"}, {"name": "a:b", "devices": "%"}, {"name": "\n", "devices": "%"}):
        assert_error(call(server, "/api/keys/", json=fields), 400, "invalid")
