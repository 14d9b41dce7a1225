"""Passwords of the published service, as its hashes stand in a database that was adopted."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.adopt.installation import HASH, PASSWORD
from tests.services.hashers import hashes
from tests.services.server import Server, backends

TRAP = "trap"


@pytest.fixture
def site(server: Server) -> Server:
    server.execute(
        "INSERT INTO users (username, password, datetime_created, api_version, is_admin, can_write, is_active, "
        f"token_generation) VALUES ('{TRAP}', 'passlib{HASH}', '2021-01-01 00:00:00', '', 0, 1, 1, 0)"
    )
    return server


def post(server: Server, password: str, operation: str = "get_images", name: str = TRAP) -> requests.Response:
    return requests.post(f"{server.url}/{operation}", json=[], auth=(name, password), timeout=60)


def stored(server: Server) -> str:
    return server.select(f"SELECT password FROM users WHERE username = '{TRAP}'")[0][0]


@backends("sqlite-disk")
def test_they_work_and_are_hashed_anew_without_ending_tokens(site: Server) -> None:
    assert post(site, "babbage").status_code == 401
    assert stored(site) == f"passlib{HASH}"
    token = post(site, PASSWORD, "get_token").json()["token"]
    assert stored(site).startswith("pbkdf2_sha256$")
    computed = hashes(site.data_dir)
    assert post(site, PASSWORD).status_code == 200, "remembered with the new hash"
    assert hashes(site.data_dir) == computed
    assert post(site, "", name=token).status_code == 200
    site.execute("DELETE FROM sign_ins")
    assert post(site, PASSWORD).status_code == 200
    assert post(site, "babbage").status_code == 401


@backends("sqlite-disk")
def test_all_devices_of_a_user_come_back_at_once(site: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(answer.status_code for answer in pool.map(lambda _: post(site, PASSWORD), range(8)))
    assert statuses[200] and not statuses.keys() - {200, 429}
    assert stored(site).startswith("pbkdf2_sha256$") and post(site, PASSWORD).status_code == 200


@backends("sqlite-disk")
@pytest.mark.parametrize("encoded", [HASH[:40], "$6$rounds=x$salt$hash", "$5$salt$hash", "***", ""])
def test_what_is_no_such_hash_lets_nobody_in(site: Server, encoded: str) -> None:
    site.execute(f"UPDATE users SET password = 'passlib{encoded}' WHERE username = '{TRAP}'")
    for password in (PASSWORD, encoded, "x\0y"):
        assert post(site, password).status_code == 401


@backends("sqlite-disk")
def test_a_long_password_costs_nothing(site: Server) -> None:
    answer = post(site, "x" * 3000)
    assert answer.status_code == 401 and answer.elapsed.total_seconds() < 5
