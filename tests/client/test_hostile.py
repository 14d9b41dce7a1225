"""The RemoteClient and servers that are broken, hostile, or another program: errors of its own, nothing else."""

import contextlib
import gzip
import io
import itertools
import json
import logging
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sticky_pi_api.client import RemoteAPIException, RemoteClient
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import InvalidInput, NotFound, Unavailable
from sticky_pi_api.remote import http, transfer
from tests.client.samples import EVERYTHING, annotation, label, series_info, write_image, write_tuboid
from tests.client.scripted import DROP, Answer, Request, Scripted, scripted_server

IMAGE = {"id": 1, "device": "5c173ff2", "datetime": "2020-01-01_00-00-00", "md5": "0" * 32}


@pytest.fixture(scope="module")
def script() -> Iterator[Scripted]:
    with scripted_server() as running:
        yield running


@pytest.fixture(scope="module")
def other() -> Iterator[Scripted]:
    """Another host: another port is one too."""
    with scripted_server() as running:
        yield running


@pytest.fixture
def client(script: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteClient]:
    script.requests.clear()
    monkeypatch.setattr(http.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "_TIMEOUT", (2, 0.1))  # as for a length that never comes
    with RemoteClient(tmp_path / "cache", "127.0.0.1", "ann", "secret", protocol="http", port=script.port) as client:
        yield client


def token(request: Request) -> Answer:
    return Answer({"token": "t", "expiration": int(time.time()) + 86400})


def serve(script: Scripted, *answers: Any) -> None:
    """A token, then these answers one after the other, the last one again and again."""
    left = list(answers)
    script.answer = lambda request: (
        token(request) if request.path == "/get_token" else left.pop(0) if len(left) > 1 else left[0]
    )


# What is odd in an answer: a value of its columns, its shape, its encoding, its status.
odd_values = st.sampled_from(
    [
        None,
        True,
        -1,
        10**400,
        1e308,
        float("nan"),
        "",
        "x",
        "\ud800",
        "../../x",
        "/etc/passwd",
        "a\r\nb: c",
        [],
        {},
        [[]],
    ]
) | st.text(max_size=5)
columns = ["id", "device", "datetime", "md5", "url", "key", "mtime", "tuboid_id", "parent_image_id", "token", "detail"]
sound_row = {**IMAGE, "url": "http://127.0.0.1:1/x", "key": "data/a.txt", "mtime": 1e9, "tuboid_id": "t"}
odd_rows = st.dictionaries(st.sampled_from(columns), odd_values, max_size=4).flatmap(
    lambda changes: st.sampled_from([changes, {**sound_row, **changes}])
)
bodies = st.one_of(
    st.lists(odd_rows, max_size=3).map(json.dumps).map(str.encode),
    st.lists(odd_values, max_size=3).map(json.dumps).map(str.encode),
    odd_values.map(json.dumps).map(str.encode),
    odd_rows.map(json.dumps).map(str.encode),
    st.fixed_dictionaries({"detail": odd_values, "items": odd_values, "code": odd_values})
    .map(json.dumps)
    .map(str.encode),
    st.binary(max_size=20),
    st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b'[{"id": NaN}]', b"\xff\xfe[\0]\0"]),
)
odd_headers = st.sampled_from(
    [
        {},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "deflate, br, zstd"},
        {"Content-Length": "-1"},
        {"Content-Length": "9" * 30},
        {"Content-Length": "none"},
        {"Transfer-Encoding": "chunked"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"Retry-After": "soon"},
        {"Retry-After": "9" * 5000},
        {"Retry-After": "Fri, 31 Dec 99999 23:59:59 GMT"},
        {"Retry-After": "-1"},
        {"Location": "http://[::1"},
        {"Location": "http://127.0.0.1:99999999/"},
        {"Location": "http://%zz..x/"},
        {"Location": "//" + "x" * 300 + "/"},
        {"Location": "file:///etc/passwd"},
        {"Location": "\xe9\xff"},
        {"Location": "/again"},
        {"Set-Cookie": "a=\x01"},
        {"Content-Range": "bytes 9-1/x"},
    ]
)
statuses = st.sampled_from(
    [200] * 8 + [204, 206, 300, 301, 304, 307, 308, 400, 401, 409, 416, 429, 500, 503, 599, 600, 999]
)
answers = st.one_of(
    st.just(DROP),
    st.builds(Answer, bodies, statuses, odd_headers, st.sampled_from([None, None, 0, 1, 9])),
)


def calls(client: RemoteClient, folder: Path) -> dict[str, Callable[[], Any]]:
    image = folder / write_image(folder).name
    (folder / "bundle" / "data").mkdir(parents=True, exist_ok=True)
    (folder / "bundle" / "data" / "a.txt").write_text("a")
    tuboid = next(folder.glob("tuboids/*"), None) or write_tuboid(folder / "tuboids")
    return {
        "token": client.get_token,
        "users": client.get_users,
        "images": lambda: client.get_images([IMAGE]),
        "put images": lambda: client.put_images([image]),
        "download": lambda: client.download_images(client.get_image_series(EVERYTHING), folder / "images"),
        "annotate": lambda: client.put_uid_annotations([annotation(IMAGE)]),
        "annotations": lambda: client.get_images_with_uid_annotations_series(EVERYTHING),
        "put tuboids": lambda: client.put_tiled_tuboids([tuboid], series_info()),
        "labels": lambda: client.get_tiled_tuboid_series_itc_labels(EVERYTHING),
        "label": lambda: client.put_itc_labels([label(tuboid.name)]),
        "put bundle": lambda: client.put_ml_bundle_dir("b", folder / "bundle"),
        "get bundle": lambda: client.get_ml_bundle_dir("b", folder / "bundle"),
        "fetch": lambda: client.fetch(f"{client._http._url}/x", folder / "fetched"),
    }


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.integers(0, 12), first=answers, second=answers, is_token_sound=st.integers(0, 9))
def test_whatever_a_server_answers(
    script: Scripted,
    client: RemoteClient,
    tmp_path: Path,
    name: int,
    first: Any,
    second: Any,
    is_token_sound: int,
) -> None:
    left = [first, second]
    client._http._token = {"token": "", "expiration": 0}
    script.answer = lambda request: (
        token(request) if request.path == "/get_token" and is_token_sound else left.pop(0) if len(left) > 1 else left[0]
    )
    call = list(calls(client, tmp_path / "folder").values())[name]
    with contextlib.suppress(RemoteAPIException):
        call()
    written = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert written <= {"cache", "folder"}, "nothing is written elsewhere"


def test_an_answer_has_a_limit(script: Scripted, client: RemoteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_JSON", 100_000)
    monkeypatch.setattr(http, "MOST_ERROR", 100_000)
    blanks = b" " * 50_000_000
    for body, headers in ((blanks, {}), (gzip.compress(blanks), {"Content-Encoding": "gzip"})):
        for status, words in ((200, "ask for less at a time"), (400, "answered 400")):
            serve(script, Answer(body, status, headers))
            client.get_token()
            tracemalloc.start()
            with pytest.raises(RemoteAPIException, match=words):
                client.get_users()
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
            tracemalloc.stop()


def test_a_download_has_a_limit(
    script: Scripted, client: RemoteClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    serve(script, Answer(bomb, headers={"Content-Encoding": "gzip"}))
    client.fetch(f"{script.url}/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == bomb, "as it was sent, within its Content-Length"
    monkeypatch.setattr(transfer, "MAX_FILE", 1000)
    with pytest.raises(Unavailable, match="goes on after"):
        client.fetch(f"{script.url}/b", tmp_path / "b")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_body_and_credentials_stay_with_their_server(
    script: Scripted, other: Scripted, client: RemoteClient, tmp_path: Path, status: int
) -> None:
    other.requests.clear()
    other.answer = lambda request: Answer(b"file")
    moved = Answer(b"", status, {"Location": f"{other.url}/elsewhere"})
    serve(script, moved)
    with pytest.raises(Unavailable, match=f"has moved to {other.url}/elsewhere: use that address"):
        client.get_users()
    script.answer = lambda request: moved
    with pytest.raises(Unavailable, match="has moved"):
        client.get_token()
    assert other.requests == []
    client.fetch(f"{script.url}/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"file"
    assert [request.method for request in other.requests] == ["GET"]
    assert not {"authorization", "cookie"} & other.requests[0].headers.keys()


def test_redirects_within_a_server_are_followed(script: Scripted, client: RemoteClient) -> None:
    serve(script, Answer(b"", 307, {"Location": "/v2/get_users"}), Answer([]))
    assert client.get_users() == []
    assert [request.body for request in script.requests[1:]] == [b"null"] * 2
    serve(script, Answer(b"", 307, {"Location": "/again"}))
    with pytest.raises(Unavailable, match="more than 5 redirects"):
        client.get_users()


@pytest.mark.parametrize("target", ["http://127.0.0.1/a", "ftp://127.0.0.1/a", "file:///etc/passwd"])
def test_redirects_do_not_leave_https(target: str) -> None:
    with pytest.raises(Unavailable, match="not followed"):
        http._check_redirect("GET", 302, "https://127.0.0.1/a", target)


def test_http_where_https_is_meant_is_said(script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
    with (
        RemoteClient(tmp_path / "c", "127.0.0.1", "ann", "secret", port=script.port) as wrong,
        pytest.raises(Unavailable, match=f"speaks http there, not https: its address is {script.url}"),
    ):
        wrong.get_users()
    assert script.requests == []


def test_retries_are_said(client: RemoteClient, script: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    serve(script, DROP, Answer({"detail": "the database is away"}, 503), Answer([]))
    client.get_users()
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 2
    assert f"{script.url}/get_users cannot be reached" in said[0] and "the database is away; trying again in" in said[1]


def test_answers_that_are_cut_are_asked_for_again(script: Scripted, client: RemoteClient) -> None:
    serve(script, Answer([{"username": "ann"}], cut_at=5), Answer([{"username": "ann"}]))
    assert client.get_users() == [{"username": "ann"}]


def test_a_server_has_only_files_that_were_offered(script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "b" / "data").mkdir(parents=True)
    (tmp_path / "b" / "data" / "a.txt").write_text("a")
    link = {"url": f"{script.url}/bucket", "fields": {}}
    for key in ("../secret.txt", str(tmp_path / "secret.txt")):
        serve(script, Answer([{"key": key, "url": link}]))
        with pytest.raises(Unavailable, match="not offered"):
            client.put_ml_bundle_dir("b", tmp_path / "b")
    assert not any(b"secret" in request.body for request in script.requests[1:])


@pytest.mark.parametrize(
    "changes", [{"md5": "../../x"}, {"md5": 3}, {"mtime": 1e300}, {"mtime": 10**400}, {"mtime": "now"}, {"url": None}]
)
def test_a_list_of_files_that_is_unsound(
    script: Scripted, client: RemoteClient, tmp_path: Path, changes: dict[str, Any]
) -> None:
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    file = {"key": "data/a.txt", "url": f"{script.url}/a.txt", "md5": empty, "mtime": 1e9, **changes}
    script.answer = lambda request: (
        token(request) if "token" in request.path else Answer([file]) if request.method == "POST" else Answer(b"")
    )
    with pytest.raises(RemoteAPIException):
        client.get_ml_bundle_dir("b", tmp_path / "b")
    assert [path for path in (tmp_path / "b").rglob("*") if path.is_file()] == []


def test_no_bundle(script: Scripted, client: RemoteClient, tmp_path: Path) -> None:
    serve(script, Answer([]))
    with pytest.raises(NotFound, match="no ML bundle 'b'"):
        client.get_ml_bundle_dir("b", tmp_path / "b")


@pytest.mark.parametrize("device", ["../../../x", "/etc", "", None])
def test_a_server_does_not_choose_where_images_go(
    script: Scripted, client: RemoteClient, tmp_path: Path, device: Any
) -> None:
    serve(script, Answer([{**IMAGE, "device": device, "url": f"{script.url}/x"}]))
    with pytest.raises(RemoteAPIException):
        client.download_images(client.get_image_series(EVERYTHING, "image"), tmp_path / "images")
    assert not (tmp_path / "images").exists()


def test_a_file_that_changes_while_it_is_sent(
    script: Scripted, client: RemoteClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_image(tmp_path)
    send = http.Http.send

    def change_and_send(self: http.Http, method: str, url: str, **options: Any) -> Any:
        if "new_images" in url:
            path.write_bytes(path.read_bytes()[:-10])
        return send(self, method, url, **options)

    serve(script, Answer([]))
    monkeypatch.setattr(http.Http, "send", change_and_send)
    with pytest.raises(InvalidInput, match="has changed while it was sent"):
        client.put_images([path])


def arrow_of(numbers: Sequence[int], size: int = 2) -> list[bytes]:
    """Parts of an Arrow stream of ids: the schema, batches, the end."""
    schema = pa.schema([("id", pa.int64())])
    sink = io.BytesIO()
    ends = []
    with pa.ipc.new_stream(sink, schema) as writer:
        for chunk in chunker(numbers, size):
            writer.write_batch(pa.record_batch([list(chunk)], schema=schema))
            ends.append(sink.tell())
    ends.append(len(sink.getvalue()))
    return [sink.getvalue()[start:end] for start, end in itertools.pairwise([0, *ends])]


@pytest.mark.parametrize("length", ["chunked", "announced", "till the connection ends"])
def test_a_table_that_breaks_off_has_never_fewer_rows(client: RemoteClient, script: Scripted, length: str) -> None:
    parts = arrow_of(range(10))
    whole, cut = b"".join(parts), b"".join(parts[:2])
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts[:2])
    kind = {"Content-Type": "application/vnd.apache.arrow.stream"}
    broken = {
        "chunked": Answer(pieces, headers={**kind, "Transfer-Encoding": "chunked", "Content-Length": ""}, cut_at=10**6),
        "announced": Answer(whole, headers=kind, cut_at=len(cut)),
        "till the connection ends": Answer(
            cut, headers={**kind, "Connection": "close", "Content-Length": ""}, cut_at=10**6
        ),
    }[length]
    table = client.images(columns=["id"])
    serve(script, broken, Answer(whole, headers=kind))
    assert [row["id"] for row in table] == list(range(10))
    serve(script, broken)
    rows = iter(table)
    with pytest.raises(Unavailable, match=r"/api/images/ cannot be reached: .*(break|broken|ended)"):
        next(rows)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xff\xff\xff" + b"\x10\0\0\0" + b"x" * 16])
def test_what_is_no_table_is_told(client: RemoteClient, script: Scripted, body: bytes) -> None:
    answer = Answer(body + arrow_of([])[-1][-8:], headers={"Content-Type": "application/vnd.apache.arrow.stream"})
    serve(script, answer)
    with pytest.raises(Unavailable, match="is no Arrow stream"):
        client.images(columns=["id"]).to_arrow()
