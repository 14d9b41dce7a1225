"""Tokens over HTTP: how long they and their descendants live, and what is none."""

import hashlib
import time

import jwt
import pytest
import requests

from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")
DAY = 24 * 3600


def post(
    server: Server, path: str = "/get_images", auth: tuple[str, str] = ADMIN, json: object = ()
) -> requests.Response:
    return requests.post(server.url + path, auth=auth, json=json, timeout=30)


def secret(server: Server) -> str:
    return hashlib.sha256(f"token:{server.environment['SECRET_API_KEY']}".encode()).hexdigest()


def claims(server: Server, token: str) -> dict:
    return jwt.decode(token, secret(server), algorithms=["HS256"])


def signed(server: Server, **changed: object) -> str:
    """A token of the administrator's with some claims changed; None takes one away."""
    payload = {**claims(server, post(server, "/get_token").json()["token"]), **changed}
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(payload, secret(server), "HS256")


def test_a_token_is_renewed_with_the_time_of_the_password(server: Server) -> None:
    first = post(server, "/get_token").json()["token"]
    time.sleep(1.1)
    second = post(server, "/get_token", auth=(first, "")).json()["token"]
    assert claims(server, second)["auth_time"] == claims(server, first)["auth_time"] < claims(server, second)["iat"]
    assert post(server, auth=(second, "")).status_code == 200


def test_a_token_does_not_renew_itself_for_ever(server: Server) -> None:
    signed_in = int(time.time()) - 30 * DAY + 100
    answer = post(server, "/get_token", auth=(signed(server, auth_time=signed_in), "")).json()
    assert answer["expiration"] == claims(server, answer["token"])["exp"] == signed_in + 30 * DAY
    too_old = signed(server, auth_time=signed_in - 200)
    assert post(server, "/get_token", auth=(too_old, "")).status_code == 401


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        *(
            ("user_id", value)
            for value in ("x", "", "1e3", "-1", "\u0661", 1.5, True, [1], {"a": 1}, 10**30, str(10**30), None)
        ),
        *(("exp", value) for value in (10**18, 1e300, "x", None)),
        *(("auth_time", value) for value in ("x", 1.5, [1], None)),
        *(("generation", value) for value in ([1], "0", None)),
        ("jti", None),
        ("token_type", "refresh"),
    ],
)
def test_a_token_with_odd_claims_is_none(server: Server, claim: str, value: object) -> None:
    odd = signed(server, **{claim: value})
    for path in ("/get_images", "/get_token"):
        answer = post(server, path, auth=(odd, ""))
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


@pytest.mark.parametrize("change", ["is_active = 0", "token_generation = token_generation + 1"])
def test_tokens_end_with_what_they_stand_for(server: Server, change: str) -> None:
    post(server, "/put_users", json=[{"username": "trap", "password": "a password"}])
    token = post(server, "/get_token", auth=("trap", "a password")).json()["token"]
    renewed = post(server, "/get_token", auth=(token, "")).json()["token"]
    server.select(f"UPDATE users SET {change} WHERE username = 'trap'")
    for ended in (token, renewed):
        assert post(server, auth=(ended, "")).status_code == 401
        assert post(server, "/get_token", auth=(ended, "")).status_code == 401


def test_the_access_log_has_no_secrets(server: Server) -> None:
    server.stop()
    server.environment["GUNICORN_CMD_ARGS"] = "--access-logfile=-"
    try:
        server.start()
        token = post(server, "/get_token").json()["token"]
        post(server, auth=(token, ""))
        link = "/files/raw_images/x.jpg?expires=1&signature=abcdef"
        requests.get(server.url + link, headers={"Referer": server.url + link}, timeout=30)
        requests.get(f"{server.url}/admin/login/", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        log = server.recent_log()
    finally:
        del server.environment["GUNICORN_CMD_ARGS"]
        server.restart()
    assert "POST /get_images" in log and "GET /files/raw_images/x.jpg" in log
    assert not any(part in log for part in (token, token.split(".")[2], "signature", "abcdef", ADMIN[0] + " "))
