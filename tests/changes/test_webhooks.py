"""Webhooks: signed, in order, sent again until they are received, by any number of workers."""

import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from tests.accounts.test_device_keys import call, make
from tests.changes.test_changes import ask, put, some_names
from tests.jobs.test_jobs import worker
from tests.services import ROOT
from tests.services.server import Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")
DEVICE = "5c173ff2"
RECIPE = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "changes.md").read_text(), re.DOTALL)
URL = "http://127.0.0.1:9/hook"


class Receiver:
    """A web server that keeps what is posted to it, and answers as it is told: a status, or None for never."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], int | None] = lambda number: 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append((dict(self.headers), body))
                status = receiver.answer(len(receiver.posts))
                if status is None:
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def names(self) -> list[str]:
        return [change["name"] for _, body in self.posts for change in orjson.loads(body)["changes"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


def hook(server: Server, url: str, **fields: Any) -> dict[str, Any]:
    answer = call(server, "/api/webhooks/", json={"name": "catalogue", "url": url, **fields})
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store", answer.text
    return answer.json()


def state(server: Server, made: dict[str, Any]) -> dict[str, Any]:
    return call(server, f"/api/webhooks/{made['id']}/", method="GET").json()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_pages_come_signed_and_in_order(server: Server, receiver: Receiver) -> None:
    before, wanted = some_names(DEVICE, 0, 2), some_names(DEVICE, 10, 6)
    put(server, *before)
    made = hook(server, receiver.url, kinds=["image"], device="5c%")
    put(server, *some_names("0a5bb6f4", 0, 2))
    with worker(server), worker(server):
        for name in wanted:
            put(server, name)
        wait_until(lambda: state(server, made)["position"] == ask(server)["last"])
    assert receiver.names == wanted, "from now on, of these devices, each once though two workers send"
    assert RECIPE
    found: dict[str, Any] = {}
    exec(RECIPE[1], found)
    for headers, body in receiver.posts:
        assert found["is_genuine"](headers, body, made["secret"])
        assert not found["is_genuine"](headers, body + b" ", made["secret"])
    assert state(server, made)["received"] and "secret" not in state(server, made)


def test_what_is_not_received_is_sent_again(server: Server, receiver: Receiver) -> None:
    receiver.answer = lambda number: {1: 500, 2: None, 3: 302}.get(number, 204)
    made, names = hook(server, receiver.url), some_names(DEVICE, 0, 3)
    put(server, *names)
    with worker(server):
        for number, error in ((1, "it answered 500"), (2, "it cannot be reached"), (3, "it answered 302")):
            wait_until(lambda: state(server, made)["failures"] == number)  # noqa: B023
            assert error in state(server, made)["error"]
            server.execute("UPDATE webhooks SET due = '2020-01-01 00:00:00'")  # as if the pause were over
        wait_until(lambda: state(server, made)["failures"] == 0)
    assert receiver.names == names * 4 and state(server, made)["error"] == ""


def test_one_that_never_answers_rests(server: Server, receiver: Receiver) -> None:
    made = hook(server, URL)
    put(server, *some_names(DEVICE, 0, 1))
    server.execute("UPDATE webhooks SET failures = 59")
    with worker(server):
        wait_until(lambda: not state(server, made)["is_active"])
        assert call(server, f"/api/webhooks/{made['id']}/activate/").json()["is_active"]
        wait_until(lambda: state(server, made)["failures"] == 1)
    assert call(server, f"/api/webhooks/{made['id']}/", method="DELETE").status_code == 204
    assert call(server, "/api/webhooks/", method="GET").json()["results"] == []


def test_who_may_and_what_is_refused(server: Server) -> None:
    key = make(server)
    for auth, status in ((key, 403), (("nobody", "nothing"), 401)):
        assert call(server, "/api/webhooks/", auth, json={"name": "a", "url": URL}).status_code == status
    for fields in (
        {"url": "ftp://example.org"},
        {"url": "http://user:password@example.org"},
        {"url": "example.org/hook"},
        {"url": "http://"},
        {"url": "http://[::1"},
        {"url": "http://a b/"},
        {"url": 5},
        {"url": "http://" + "x" * 600},
        {"name": ""},
        {"kinds": ["users"]},
        {"kinds": "image"},
        {"device": "é%"},
    ):
        answer = call(server, "/api/webhooks/", json={"name": "a", "url": URL, **fields})
        assert answer.status_code == 400, (fields, answer.text)
    assert server.select("SELECT * FROM webhooks") == []
