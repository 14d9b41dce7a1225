"""Signing in over HTTP, with two workers: who guesses is slowed down, nobody is locked out, nothing else waits."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.services.hashers import hashes
from tests.services.server import ADMIN, Server

TRAP = ("trap", "the trap's password")
OFFICE, HOME, ELSEWHERE = "203.0.113.1", "192.0.2.1", "198.51.100.7"


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind a proxy, on a database of its own, with a trap for a user."""
    settings = {"TESTS_HASHER": "SlowHasher", "STICKYPI_TRUSTED_PROXIES": "1"}
    if request.param == "mariadb":
        settings |= request.getfixturevalue("mariadb").create_database("signing_in")
    with Server(tmp_path_factory.mktemp("signing-in"), settings) as started:
        post(started, "/put_users", json=[{"username": TRAP[0], "password": TRAP[1]}])
        started.remember()
        yield started


@pytest.fixture
def server(running: Server) -> Server:
    """Nobody has signed in yet, but for the administrator from the office."""
    running.reset()
    return running


def post(
    server: Server, path: str = "/get_images", auth: tuple[str, str] = ADMIN, address: str = OFFICE, json: object = ()
) -> requests.Response:
    """A request by way of the proxy, which says where it came from. What the client says itself is made up."""
    headers = {"X-Forwarded-For": f"1.2.3.4, {address}"}
    return requests.post(server.url + path, auth=auth, headers=headers, json=json, timeout=60)


def guess(server: Server, number: int, name: str = TRAP[0], address: str = HOME) -> Counter[int]:
    """Tries different wrong passwords, one after the other. Returns how often each status came."""
    return Counter(post(server, auth=(name, f"wrong {n}"), address=address).status_code for n in range(number))


def at_once(number: int, call: Callable[[int], requests.Response]) -> Counter[int]:
    with ThreadPoolExecutor(number) as pool:
        return Counter(answer.status_code for answer in pool.map(call, range(number)))


def sign_in_page(server: Server, name: str, password: str, address: str) -> tuple[int, str]:
    """Status and text of what the admin's sign-in form answers."""
    with requests.Session() as browser:
        browser.headers["X-Forwarded-For"] = address
        page = browser.get(f"{server.url}/admin/login/", timeout=60).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password}
        answer = browser.post(f"{server.url}/admin/login/", data=form, allow_redirects=False, timeout=60)
        return answer.status_code, answer.text


def test_a_user_is_never_locked_out_where_they_are_known(server: Server) -> None:
    assert post(server, auth=TRAP, address=HOME).status_code == 200
    assert guess(server, 46) == {401: 46}
    server.restart()
    assert [post(server, auth=TRAP, address=HOME).status_code for _ in range(4)] == [200] * 4
    # Also once the password that was verified is not remembered any more.
    server.select("UPDATE sign_ins SET proof = ''")
    assert post(server, auth=TRAP, address=HOME).status_code == 200
    assert sign_in_page(server, *TRAP, HOME)[0] == 302


def test_who_guesses_elsewhere_is_stopped_and_told_for_how_long(server: Server) -> None:
    assert guess(server, 30, address=ELSEWHERE) == {401: 20, 429: 10}
    refused = post(server, auth=TRAP, address=ELSEWHERE)
    assert refused.status_code == 429 and "from this address" in refused.json()["detail"]
    seconds = int(refused.headers["Retry-After"])
    assert 30 < seconds <= 60 and f"{seconds} seconds" in refused.json()["detail"]
    status, page = sign_in_page(server, *TRAP, ELSEWHERE)
    assert status == 200 and re.search(r"Too many wrong passwords from this address, try again in \d+ seconds", page)
    assert "enter the correct" not in page, "the form says that the password is wrong"
    # The user, at another address, does not notice; nor do other users at that one.
    assert post(server, auth=TRAP, address=HOME).status_code == 200
    assert sign_in_page(server, *TRAP, HOME)[0] == 302
    assert post(server, auth=ADMIN, address=ELSEWHERE).status_code == 200


def test_an_address_that_tries_many_names_is_stopped(server: Server) -> None:
    post(server, auth=TRAP, address=HOME)
    answers = Counter[int]()
    for n in range(70):
        answers += guess(server, 1, name=f"name{n}", address=HOME)
    assert answers == {401: 60, 429: 10}
    assert post(server, auth=ADMIN, address=HOME).status_code == 429
    assert post(server, auth=TRAP, address=HOME).status_code == 200


def test_an_address_that_the_client_made_up_does_not_count(server: Server) -> None:
    for n in range(25):
        headers = {"X-Forwarded-For": f"10.0.0.{n}, {ELSEWHERE}"}
        answer = requests.post(f"{server.url}/get_images", auth=(TRAP[0], f"{n}"), headers=headers, json=[], timeout=60)
    assert answer.status_code == 429


@pytest.mark.slow
def test_reads_with_tokens_do_not_wait_for_hashes(server: Server) -> None:
    token = post(server, "/get_token", auth=TRAP, address=HOME).json()["token"]
    end = time.monotonic() + 5

    def attack(number: int) -> Counter[int]:
        answers, n = Counter[int](), 0
        while time.monotonic() < end:
            # From ever new addresses: the limits do not end it.
            n += 1
            address = f"198.51.{number}.{n % 250}"
            answers[post(server, auth=(f"name-{number}-{n}", "wrong"), address=address).status_code] += 1
        return answers

    waits = []
    with ThreadPoolExecutor(40) as pool:
        attacks = [pool.submit(attack, number) for number in range(40)]
        while time.monotonic() < end - 0.5:
            started = time.monotonic()
            assert post(server, auth=(token, ""), address=HOME).status_code == 200
            waits.append(time.monotonic() - started)
        # Known users have a queue of their own.
        server.select("UPDATE sign_ins SET proof = ''")
        assert post(server, auth=TRAP, address=HOME).status_code == 200
        answers = sum((attack.result() for attack in attacks), Counter[int]())
    assert set(answers) == {401, 429}
    assert max(waits) < 2, f"median {sorted(waits)[len(waits) // 2]:.2f} s, longest {max(waits):.2f} s"


@pytest.mark.slow
def test_guesses_at_the_users_own_address_stop_neither_the_user_nor_reads(server: Server) -> None:
    token = post(server, "/get_token", auth=TRAP, address=HOME).json()["token"]
    end = time.monotonic() + 5

    def attack(number: int) -> Counter[int]:
        answers, n = Counter[int](), 0
        while time.monotonic() < end:
            n += 1  # many at once with the same password
            answers[post(server, auth=(TRAP[0], f"wrong {n}"), address=HOME).status_code] += 1
        return answers

    waits = []
    with ThreadPoolExecutor(40) as pool:
        attacks = [pool.submit(attack, number) for number in range(40)]
        while time.monotonic() < end - 0.5:
            started = time.monotonic()
            assert post(server, auth=(token, ""), address=HOME).status_code == 200
            waits.append(time.monotonic() - started)
            assert post(server, auth=TRAP, address=HOME).status_code == 200
        answers = sum((attack.result() for attack in attacks), Counter[int]())
    assert set(answers) == {401, 429}
    assert sorted(waits)[len(waits) // 2] < 1, f"longest {max(waits):.2f} s"


def test_one_hash_serves_all_that_come_together(server: Server) -> None:
    before = hashes(server.data_dir)
    assert at_once(32, lambda n: post(server, auth=TRAP, address=HOME)) == {200: 32}
    assert hashes(server.data_dir) - before <= 2, "one a worker"
    assert server.select("SELECT count(*) FROM sign_ins WHERE address = '192.0.2.1'") == [(1,)]


def test_a_verified_password_costs_neither_hash_nor_write(server: Server) -> None:
    post(server, auth=TRAP, address=HOME)
    before, rows = hashes(server.data_dir), server.select("SELECT * FROM sign_ins")
    server.restart()
    assert at_once(8, lambda n: post(server, auth=TRAP, address=HOME)) == {200: 8}
    assert hashes(server.data_dir) == before
    assert server.select("SELECT * FROM sign_ins") == rows


def test_a_trap_with_an_old_password_costs_no_hashes(server: Server) -> None:
    post(server, auth=TRAP, address=HOME)
    before = hashes(server.data_dir)
    assert {post(server, auth=(TRAP[0], "old"), address=HOME).status_code for _ in range(60)} == {401}
    assert hashes(server.data_dir) - before == 1
    assert server.select("SELECT count(*) FROM failed_sign_ins")[0][0] <= 20


@pytest.mark.parametrize("change", ["is_active = NOT is_active", "password = 'other'", "is_admin = NOT is_admin"])
def test_a_change_of_the_user_counts_at_once(server: Server, change: str) -> None:
    post(server, auth=TRAP, address=HOME)
    before = hashes(server.data_dir)
    server.select(f"UPDATE users SET {change} WHERE username = 'trap'")
    statuses = {post(server, auth=TRAP, address=HOME).status_code for _ in range(4)}
    assert statuses == ({200} if "admin" in change else {401})
    assert hashes(server.data_dir) > before, "verified anew"


def test_neither_names_nor_passwords_are_kept_of_failures(server: Server) -> None:
    post(server, auth=("my secret as a name", "my secret"), address=HOME)
    post(server, auth=TRAP, address=HOME)
    kept = str(server.select("SELECT * FROM failed_sign_ins") + server.select("SELECT * FROM sign_ins"))
    assert HOME in kept and "secret" not in kept and TRAP[1] not in kept


def test_who_has_signed_in_is_seen(server: Server) -> None:
    assert server.select("SELECT last_login FROM users WHERE username = 'trap'") == [(None,)]
    post(server, auth=TRAP, address=HOME)
    assert server.select("SELECT last_login FROM users WHERE username = 'trap'") != [(None,)]
