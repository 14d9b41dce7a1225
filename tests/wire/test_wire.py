"""The wire form that clients in the field speak, by hand: nothing here goes through our client."""

import base64
import hashlib
import json

import jwt
import pytest
import requests

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.core.operations import OPERATIONS
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk")

SHOT = next(Fleet(n_devices=1, days=0.1, size=(320, 240)).shots())
JPEG = render(SHOT)
MD5 = hashlib.md5(JPEG).hexdigest()
DEVICE = SHOT.device.id


def post(server: Server, path: str, **arguments: object) -> requests.Response:
    return requests.post(server.url + path, **{"auth": ADMIN, "timeout": 30, **arguments})  # type: ignore[arg-type]


def upload(server: Server, **arguments: object) -> requests.Response:
    return post(server, "/_put_new_images", files={SHOT.name: (SHOT.name, JPEG, "image/jpeg")}, **arguments)


def token(server: Server) -> str:
    return post(server, "/get_token").json()["token"]


@pytest.mark.parametrize("body", [{}, {"data": ""}, {"data": "{}"}, {"json": {}}, {"json": None}])
def test_get_token_takes_any_body(server: Server, body: dict) -> None:
    answer = post(server, "/get_token", **body)
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expiration"} and ":" not in answer.json()["token"]
    assert isinstance(answer.json()["expiration"], int)


def test_every_way_to_authenticate(server: Server) -> None:
    known = token(server)
    for way in (
        {"auth": ADMIN},
        {"auth": (known, "")},
        {"auth": None, "headers": {"Authorization": f"Bearer {known}"}},
        {"auth": None, "headers": {"Authorization": f"bearer {known}"}},
    ):
        assert post(server, "/get_images", json=[], **way).json() == []
    assert post(server, "/get_token", auth=(known, "")).status_code == 200


def test_wrong_credentials_get_a_challenge(server: Server) -> None:
    payload = jwt.decode(token(server), options={"verify_signature": False})
    forged = jwt.encode(payload, "another secret of 32 bytes length", "HS256")
    unsigned = jwt.encode(payload, None, "none")
    for way in (
        {"auth": None},
        {"auth": (ADMIN[0], "wrong")},
        {"auth": ("nobody", "wrong")},
        {"auth": ("", "")},
        {"auth": (forged, "")},
        {"auth": (unsigned, "")},
        {"auth": None, "headers": {"Authorization": "Basic %%%"}},
        {"auth": None, "headers": {"Authorization": "Basic " + base64.b64encode(b"nocolon").decode()}},
        {"auth": None, "headers": {"Authorization": "Bearer"}},
        {"auth": None, "headers": {"Authorization": "Bearer x y"}},
    ):
        answer = post(server, "/get_images", json=[], **way)
        assert answer.status_code == 401, way
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert set(answer.json()) == {"detail", "code"}


def test_a_token_ends(server: Server) -> None:
    secret = hashlib.sha256(f"token:{server.environment['SECRET_API_KEY']}".encode()).hexdigest()
    payload = jwt.decode(token(server), secret, algorithms=["HS256"])
    assert payload["exp"] - payload["iat"] == 24 * 3600
    expired = jwt.encode({**payload, "iat": payload["iat"] - 90_000, "exp": payload["exp"] - 90_000}, secret, "HS256")
    assert post(server, "/get_images", json=[], auth=(expired, "")).status_code == 401
    revoked = jwt.encode({**payload, "generation": payload["generation"] + 1}, secret, "HS256")
    assert post(server, "/get_images", json=[], auth=(revoked, "")).status_code == 401


def test_the_android_harvester(server: Server) -> None:
    files = {
        SHOT.name: (SHOT.name, JPEG, "image/jpeg"),
        f"{SHOT.name}.md5": (None, MD5, "application/json"),
    }
    answer = post(server, "/_put_new_images", files=files)
    assert answer.status_code == 200 and answer.json()[0]["md5"] == MD5


@pytest.mark.parametrize("md5", [MD5, MD5.upper(), f'"{MD5}"'])
def test_md5_as_a_field_or_as_a_file(server: Server, md5: str) -> None:
    assert upload(server, data={f"{SHOT.name}.md5": md5}).status_code == 200
    assert post(server, "/delete_images", json=[{"device": DEVICE, "datetime": str(SHOT.datetime)}]).status_code == 200
    files = {SHOT.name: (SHOT.name, JPEG), f"{SHOT.name}.md5": (f"{SHOT.name}.md5", md5)}
    assert post(server, "/_put_new_images", files=files).status_code == 200


@pytest.mark.parametrize("what", ["thumbnail_mini", "thumbnail-mini", "thumbnail", "image", "metadata", None])
def test_a_row(server: Server, what: str | None) -> None:
    (put,) = upload(server).json()
    info = [{"device": "%", "start_datetime": "2000-01-01_00-00-00", "end_datetime": "2100-01-01_00-00-00"}]
    (row,) = post(server, f"/get_image_series/{what}" if what else "/get_image_series", json=info).json()
    assert row["datetime"] == f"{SHOT.datetime:%Y-%m-%d_%H-%M-%S}" and row["device"] == DEVICE
    assert row == {**put, "url": row["url"]}
    numbers = ("id", "width", "height", "temp", "hum", "alt", "lat", "lng", "no_flash_iso", "no_flash_bv")
    assert all(isinstance(row[column], int | float) for column in numbers)
    if what in ("metadata", None):
        assert row["url"] == ""
        return
    suffix = {"image": ""}.get(what, f".{what.replace('_', '-')}")
    assert row["url"].partition("?")[0].rpartition("/")[2] == SHOT.name + suffix
    assert requests.get(row["url"], timeout=30).headers["Content-Type"] == "image/jpeg"
    assert requests.get(row["url"][:-1] + "~", timeout=30).status_code == 403


@pytest.mark.parametrize(
    "element",
    [
        {"device": [DEVICE], "datetime": [f"{SHOT.datetime:%Y-%m-%d_%H-%M-%S}"]},
        {"device": DEVICE.upper(), "datetime": f"{SHOT.datetime:%Y-%m-%dT%H:%M:%SZ}"},
        {"device": DEVICE, "datetime": f"{SHOT.datetime:%Y-%m-%d %H:%M:%S}", "md5": MD5, "url": "", "x": [1, 2]},
    ],
)
def test_how_an_image_is_named(server: Server, element: dict) -> None:
    upload(server)
    (row,) = post(server, "/get_images", json=[element]).json()
    assert row["md5"] == MD5
    # Without a content type, or with a wrong one.
    body = json.dumps([element]).encode()
    for headers in ({}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/plain"}):
        assert post(server, "/get_images", data=body, headers=headers).json() == [row]


@pytest.mark.parametrize("body", ["null", "[]", "[{}]", ""])
def test_get_users_with_nothing_means_all(server: Server, body: str) -> None:
    assert [row["username"] for row in post(server, "/get_users", data=body).json()] == [ADMIN[0]]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/get_nothing", "[]", 404, "unknown_operation"),
        ("/get_images/poster", "[]", 400, "invalid"),
        ("/get_images", "{", 400, "not_json"),
        ("/get_images", "[" * 100_000, 400, "not_json"),
        ("/get_images", "\xff", 400, "not_json"),
        ("/get_images", "", 400, "invalid"),
        ("/get_images", "null", 400, "invalid"),
        ("/get_images", '"%"', 400, "invalid"),
        ("/get_images", "[[]]", 400, "invalid"),
        ("/get_image_series", '[{"device": "%"}]', 400, "invalid"),
        ("/get_image_series", '[{"device": 1, "start_datetime": "2020-01-01", "end_datetime": "x"}]', 400, "invalid"),
        ("/put_users", '[{"username": "x"}]', 400, "invalid"),
        ("/put_uid_annotations", "[" * 100_000, 400, "not_json"),
        ("/put_uid_annotations", '[{"metadata": "\xff"}]', 400, "invalid"),
        ("/put_uid_annotations", '[{"metadata": 1}, {"annotations": 1e999}]', 400, "invalid"),
        ("/put_uid_annotations", '{"metadata": 1}', 400, "invalid"),
        ("/put_uid_annotations", "[1, null]", 400, "invalid"),
        ("/put_uid_annotations", "", 400, "invalid"),
    ],
)
def test_errors(server: Server, path: str, body: str, status: int, code: str) -> None:
    answer = post(server, path, data=body.encode("latin-1"), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert isinstance(answer.json()["detail"], str) and "Traceback" not in answer.text


def test_other_kinds_of_body_and_methods(server: Server) -> None:
    assert post(server, "/get_images", files={"info": "[]"}).status_code == 415
    assert post(server, "/_put_new_images", json=[]).status_code == 415
    assert post(server, "/_put_new_images", files={"x": ("y", b"")}).status_code == 400
    assert (
        post(server, "/_put_new_images", data=b"x", headers={"Content-Type": "multipart/form-data"}).status_code == 400
    )
    assert requests.get(f"{server.url}/get_images", auth=ADMIN, timeout=30).status_code == 405
    assert post(server, "/get_images", data=bytes(50_000_000)).status_code == 413


def test_wrong_passwords_are_slowed_down(server: Server) -> None:
    answers = [post(server, "/get_token", auth=("somebody", "wrong")) for _ in range(50)]
    refused = [answer for answer in answers if answer.status_code == 429]  # each worker counts for itself
    assert refused and all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert post(server, "/get_token").status_code == 200


def test_every_operation_has_its_address(server: Server) -> None:
    for name, operation in OPERATIONS.items():
        answer = post(server, f"/{name}", data="nonsense")
        assert answer.status_code != 404, name
        for what in operation.whats:
            assert post(server, f"/{name}/{what}", data="nonsense").status_code != 404, (name, what)
