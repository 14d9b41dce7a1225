"""The RemoteClient on a bad day: lost answers, busy servers, tokens that end, downloads that break off."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.client import RemoteAPIException, RemoteClient
from sticky_pi_api.core.errors import (
    Conflict,
    InvalidInput,
    NotAuthenticated,
    PermissionDenied,
    Throttled,
    Unavailable,
)
from sticky_pi_api.remote import http
from tests.client.samples import write_image, write_tuboid
from tests.client.scripted import DROP, Answer, Request, Scripted, scripted_server


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def client(script: Scripted, tmp_path: Path) -> Iterator[RemoteClient]:
    with RemoteClient(tmp_path / "cache", "127.0.0.1", "änn", "sécret", protocol="http", port=script.port) as client:
        yield client


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that the client asks for, which pass at once."""
    asked: list[float] = []
    monkeypatch.setattr(http.time, "sleep", asked.append)
    return asked


def token(request: Request, lasts: float = 86400) -> Answer:
    return Answer({"token": f"token-{request.headers['authorization'][:5]}", "expiration": int(time.time() + lasts)})


def serve(script: Scripted, *answers: Any, lasts: float = 86400) -> None:
    """Tokens whenever asked for, then these answers one after the other, the last one again and again."""
    left = list(answers)
    script.answer = lambda request: (
        token(request, lasts) if request.path == "/get_token" else left.pop(0) if len(left) > 1 else left[0]
    )


def test_one_token_stands_for_the_password(script: Scripted, client: RemoteClient) -> None:
    serve(script, Answer([]))
    client.get_users()
    client.get_images([{"device": "5c173ff2", "datetime": "2020-01-01"}], "thumbnail_mini")
    assert script.paths() == ["/get_token", "/get_users", "/get_images/thumbnail-mini"]
    scheme, encoded = script.requests[0].headers["authorization"].split()
    assert scheme == "Basic" and base64.b64decode(encoded).decode() == "änn:sécret"
    assert {request.headers["authorization"] for request in script.requests[1:]} == {"Bearer token-Basic"}
    assert json.loads(script.requests[1].body) is None


def test_a_token_is_renewed_before_it_ends(script: Scripted, client: RemoteClient) -> None:
    serve(script, Answer([]), lasts=200)
    client.get_users()
    client.get_users()
    assert script.paths() == ["/get_token", "/get_users"] * 2


def test_a_token_that_is_refused_is_renewed_once(script: Scripted, client: RemoteClient) -> None:
    refused = Answer({"detail": "the token has been revoked", "code": "bad_token"}, 401)
    serve(script, refused, Answer([]), refused)
    assert client.get_users() == []
    with pytest.raises(NotAuthenticated, match="revoked"):
        client.get_users()
    assert script.paths() == ["/get_token", "/get_users"] * 2 + ["/get_users", "/get_token", "/get_users"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer({"detail": "what is this", "code": "odd", "items": [{"index": 2}]}, 400), InvalidInput, "what is this"),
        (Answer({"detail": "admins only", "code": "permission_denied"}, 403), PermissionDenied, "admins only"),
        (Answer(b"<html>proxy says no</html>", 404), RemoteAPIException, "proxy says no"),
        (Answer([1], 409), Conflict, "answered 409"),
    ],
)
def test_errors_come_at_once_in_the_servers_words(
    script: Scripted, client: RemoteClient, waits: list[float], answer: Answer, error: type, words: str
) -> None:
    serve(script, answer)
    with pytest.raises(error, match=words) as raised:
        client.get_users()
    assert waits == [] and len(script.requests) == 2
    if error is InvalidInput:
        assert (raised.value.code, raised.value.items) == ("odd", [{"index": 2}])


def test_busy_servers_are_asked_again(script: Scripted, client: RemoteClient, waits: list[float]) -> None:
    busy = Answer({"detail": "busy", "code": "unavailable"}, 503)
    serve(script, DROP, Answer({"detail": "slow"}, 429, {"Retry-After": "7"}), busy, Answer(b"bug", 500), Answer([]))
    assert client.get_users() == []
    assert waits[1] == 7 and 0.3 < waits[0] < 0.7 < waits[2] < waits[3] < 6
    serve(script, Answer({"detail": "slow"}, 429, {"Retry-After": "86400"}))
    with pytest.raises(Throttled, match="slow"):
        client.get_users()
    assert waits[4:] == [60] * 4
    serve(script, DROP)
    with pytest.raises(Unavailable, match=f"127.0.0.1:{script.port}/get_users cannot be reached"):
        client.get_users()


def test_what_is_no_sticky_pi_server_is_said(script: Scripted, client: RemoteClient) -> None:
    serve(script, Answer(b"<html>welcome</html>"))
    with pytest.raises(Unavailable, match="no Sticky Pi server"):
        client.get_users()


def parts(request: Request) -> dict[str, tuple[str | None, bytes]]:
    """name -> filename and content of a multipart body."""
    message = message_from_bytes(f"Content-Type: {request.headers['content-type']}\n\n".encode() + request.body)
    return {
        str(part.get_param("name", header="content-disposition")): (part.get_filename(), part.get_payload(decode=True))
        for part in message.get_payload()
    }


def row(path: Path, **changes: Any) -> dict[str, Any]:
    device, moment, _ = path.name.split(".")
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    return {"id": 1, "device": device, "datetime": moment, "md5": md5, **changes}


def test_images_go_one_a_request_with_their_md5(script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
    paths = [write_image(tmp_path, number) for number in range(3)]
    sent: list[str] = []

    def answer(request: Request) -> Answer:
        if request.path == "/get_images/metadata":
            return Answer([row(paths[1])])
        (name, (filename, content)), (md5_name, (no_filename, md5)) = parts(request).items()
        path = next(path for path in paths if path.name == name)
        assert (filename, content) == (name, path.read_bytes())
        assert (md5_name, no_filename, md5.decode()) == (f"{name}.md5", None, row(path)["md5"])
        sent.append(name)
        return Answer([row(path)])

    script.answer = lambda request: token(request) if request.path == "/get_token" else answer(request)
    assert len(client.put_images(paths)) == 2
    assert sorted(sent) == [paths[0].name, paths[2].name]


def test_an_image_whose_answer_was_lost_is_no_conflict(
    script: Scripted, client: RemoteClient, tmp_path: Path, waits: list[float]
) -> None:
    path = write_image(tmp_path)
    serve(script, Answer([]), DROP, Answer({"detail": "already there"}, 409), Answer([row(path)]))
    assert [each["md5"] for each in client.put_images([path])] == [row(path)["md5"]]
    serve(script, Answer([]), DROP, Answer({"detail": "already there"}, 409), Answer([row(path, md5="0" * 32)]))
    with pytest.raises(Conflict, match="already there"):
        client.put_images([path])


def test_a_lost_server_ends_an_upload(
    script: Scripted, client: RemoteClient, tmp_path: Path, waits: list[float]
) -> None:
    client.n_threads = 2
    paths = [write_image(tmp_path, number) for number in range(30)]
    script.answer = lambda request: (
        token(request) if "token" in request.path else Answer([]) if "get" in request.path else DROP
    )
    with pytest.raises(Unavailable):
        client.put_images(paths)
    assert script.paths().count("/_put_new_images") < 30


def test_unchanged_files_are_not_read_again(
    script: Scripted, client: RemoteClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write_image(tmp_path, number) for number in range(3)]
    serve(script, Answer([row(path) for path in paths]))
    assert client.put_images(paths) == []
    reads: list[Path] = []
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *a, **k: (reads.append(path), opened(path, *a, **k))[1])
    assert client.put_images(paths) == []
    assert reads == []
    paths[1].write_bytes(b"changed")
    reads.clear()
    with pytest.raises(Conflict):
        client.put_images(paths)
    assert reads == [paths[1]]


def test_long_lists_go_in_several_requests(script: Scripted, client: RemoteClient) -> None:
    info = [{"device": f"{number:08x}", "datetime": "2020-01-01"} for number in range(4500)]
    answers = iter([[2, 3], [0, 2], [1]])

    def found(*numbers: int) -> Answer:
        return Answer([{"id": each, "device": f"{each:08x}", "datetime": "2020-01-01_00-00-00"} for each in numbers])

    script.answer = lambda request: token(request) if "token" in request.path else found(*next(answers))
    assert [each["id"] for each in client.get_images(info)] == [0, 1, 2, 3]
    assert [len(json.loads(request.body)) for request in script.requests[1:]] == [2000, 2000, 500]


def test_a_tuboid_goes_as_the_wire_format_says(script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
    directory = write_tuboid(tmp_path)
    names = {"metadata": "metadata.txt", "tuboid": "tuboid.jpg", "context": "context.jpg"}
    serve(script, Answer([]))
    files = {name: directory / filename for name, filename in names.items()}
    client._put_tiled_tuboids([{"tuboid_id": directory.name, "series_info": {"n_images": 1}, **files}])
    sent = parts(script.requests[1])
    assert {name: sent[name][1] for name in names} == {name: path.read_bytes() for name, path in files.items()}
    assert json.loads(sent["tuboid_id"][1]) == directory.name and json.loads(sent["series_info"][1]) == {"n_images": 1}
    assert all(filename for filename, _ in sent.values()), "all five are file parts"


def test_bundle_files_are_posted_to_their_links(script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_bytes(b"a" * 700_000)
    link = {"url": f"{script.url}/bucket", "fields": {"key": "ml/b/data/a.txt", "policy": "p"}}
    serve(script, Answer([{"key": "data/a.txt", "url": link}]), Answer(b"", 204))
    client.put_ml_bundle_dir("b", tmp_path)
    posted = script.requests[-1]
    assert posted.path == "/bucket" and "authorization" not in posted.headers
    assert list(parts(posted).items()) == [
        ("key", (None, b"ml/b/data/a.txt")),
        ("policy", (None, b"p")),
        ("file", ("a.txt", b"a" * 700_000)),
    ]


class TestDownloads:
    """Of bundles: whole, right and resumed."""

    content = os.urandom(1_000_000)

    def listed(self, script: Scripted, **changes: Any) -> Answer:
        md5 = hashlib.md5(self.content).hexdigest()
        file = {"key": "data/a.db", "url": f"{script.url}/a.db?signature=1", "md5": md5, "mtime": 1e9, **changes}
        return Answer([file])

    def serve_file(self, script: Scripted, cuts: list[int | None], *, ranges: bool, **changes: Any) -> None:
        def answer(request: Request) -> Answer:
            if request.method == "POST":
                return token(request) if request.path == "/get_token" else self.listed(script, **changes)
            start = int(request.headers["range"][6:-1]) if ranges and "range" in request.headers else 0
            return Answer(self.content[start:], 206 if start else 200, cut_at=cuts.pop(0))

        script.answer = answer

    @pytest.mark.parametrize("ranges", [True, False])
    def test_go_on_where_they_broke_off(
        self, script: Scripted, client: RemoteClient, tmp_path: Path, waits: list[float], ranges: bool
    ) -> None:
        self.serve_file(script, [600_000, 100_000, None], ranges=ranges)
        assert [file["key"] for file in client.get_ml_bundle_dir("b", tmp_path / "b")] == ["data/a.db"]
        path = tmp_path / "b" / "data" / "a.db"
        assert path.read_bytes() == self.content and path.stat().st_mtime == 1e9
        assert [each.name for each in path.parent.iterdir()] == ["a.db"]
        asked = [request.headers.get("range") for request in script.requests if request.method == "GET"]
        assert asked[0] is None and asked[1].startswith("bytes=") and len(asked) == 3
        assert "authorization" not in script.requests[-1].headers
        assert client.get_ml_bundle_dir("b", tmp_path / "b") == []

    def test_go_on_after_the_program_was_killed(self, script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
        md5 = hashlib.md5(self.content).hexdigest()
        left = tmp_path / f".a.db.{md5}.part"
        left.write_bytes(self.content[:500_000])
        self.serve_file(script, [None], ranges=True)
        client.fetch(f"{script.url}/a.db", tmp_path / "a.db", md5=md5)
        assert (tmp_path / "a.db").read_bytes() == self.content and not left.exists()
        assert script.requests[-1].headers["range"] == "bytes=500000-"

    def test_that_are_damaged_are_refused(self, script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
        self.serve_file(script, [None], ranges=True, md5="0" * 32)
        with pytest.raises(Unavailable, match="md5"):
            client.get_ml_bundle_dir("b", tmp_path / "b")
        assert list((tmp_path / "b" / "data").iterdir()) == []

    @pytest.mark.parametrize("key", ["../a.db", "/tmp/a.db", "data/../../a.db"])
    def test_do_not_write_where_a_server_wants(
        self, script: Scripted, client: RemoteClient, tmp_path: Path, key: str
    ) -> None:
        self.serve_file(script, [None], ranges=True, key=key)
        with pytest.raises(InvalidInput, match="not a path within the bundle"):
            client.get_ml_bundle_dir("b", tmp_path / "b")

    def test_of_links_that_have_ended_say_so(self, script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
        script.answer = lambda request: Answer({"detail": "this link has expired", "code": "expired_link"}, 403)
        with pytest.raises(PermissionDenied, match="expired"):
            client.fetch(f"{script.url}/a.db", tmp_path / "a.db")
        assert list(tmp_path.glob("*a.db*")) == []


@pytest.mark.parametrize("host", ["http://127.0.0.1", "127.0.0.1:8000", "me@127.0.0.1", ""])
def test_a_host_is_a_name_or_address_alone(tmp_path: Path, host: str) -> None:
    with pytest.raises(InvalidInput, match="arguments of their own"):
        RemoteClient(tmp_path, host, "me", "secret")
