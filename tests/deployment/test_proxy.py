"""The site behind its proxy: nothing changes for those who behave, nobody else takes anything from them."""

import contextlib
import hashlib
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import RemoteClient
from tests.conftest import require
from tests.deployment.conftest import Site
from tests.services import nginx as nginx_part
from tests.services.nginx import Nginx
from tests.services.server import ADMIN

ODD_KEYS = [
    "config/config.yaml",
    "data/one é.svg",
    "data/a?b#c&d=e+f.txt",
    "data/'\"<>;.txt",
    "%2e%2e/%2e%2e/a.txt",
    "data/..%2f..%2fb.txt",
    "output/model_final.pth",
]


def test_the_client_works_through_it(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.proxy.certificate))
    there, back, cache = tmp_path / "there", tmp_path / "back", tmp_path / "cache"
    contents = {key: os.urandom(9 << 20 if key.endswith(".pth") else 100) for key in ODD_KEYS}
    for key, content in contents.items():
        (there / key).parent.mkdir(parents=True, exist_ok=True)
        (there / key).write_bytes(content)
    shots = {shot.name: render(shot) for shot in Fleet(n_devices=1, days=0.1, size=(640, 480)).shots()}
    for name, jpeg in shots.items():
        (tmp_path / name).write_bytes(jpeg)
    with RemoteClient(str(cache), "127.0.0.1", *ADMIN, protocol="https", port=site.proxy.https_port) as client:
        rows = client.put_images([str(tmp_path / name) for name in shots])
        client.put_ml_bundle_dir("detector", str(there))
        client.get_ml_bundle_dir("detector", str(back))
        series = [{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}]
        urls = [row["url"] for row in client.get_image_series(series, what="image")]
    assert len(rows) == len(urls) == len(shots)
    assert {key: (back / key).read_bytes() for key in ODD_KEYS} == contents
    for url in urls:
        assert url.startswith(f"{site.url}/files/")
        assert site.get_or_post("GET", url).content == shots[urlsplit(url).path.rpartition("/")[2]]


def test_files_are_sent_by_the_proxy(site: Site) -> None:
    data = os.urandom(3_000_000)
    site.put_bundle_file("data/a.svg", data, hashlib.md5(data).hexdigest())
    url = site.bundle_links()["data/a.svg"]
    whole = site.get_or_post("GET", url)
    assert whole.status_code == 200 and whole.content == data
    expected = {
        "Content-Type": "image/svg+xml",
        "Content-Length": str(len(data)),
        "Content-Disposition": 'inline; filename="a.svg"',
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "private, max-age=86400, immutable",
        "Accept-Ranges": "bytes",
    }
    assert {name: whole.headers.get(name) for name in expected} == expected
    assert whole.headers["Strict-Transport-Security"].startswith("max-age=")
    assert not {"X-Accel-Redirect", "Content-Encoding"} & whole.headers.keys()
    part = site.get_or_post("GET", url, headers={"Range": "bytes=2999990-"})
    assert (part.status_code, part.content) == (206, data[-10:])
    assert part.headers["Content-Range"] == "bytes 2999990-2999999/3000000"
    assert part.headers["Content-Security-Policy"] == "sandbox"
    changed = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert site.get_or_post("GET", url, headers=changed).content == data
    kept = {"Range": "bytes=0-9", "If-Range": whole.headers["ETag"]}
    assert site.get_or_post("GET", url, headers=kept).content == data[:10]
    assert site.get_or_post("GET", url, headers={"Range": "bytes=3000000-"}).status_code == 416
    head = site.get_or_post("HEAD", url)
    assert (head.status_code, head.headers["Content-Length"]) == (200, "3000000")
    lines = [line for line in site.server.recent_log().splitlines() if "GET /files/" in line]
    assert len(lines) == 5 and all('HTTP/1.1" 200 0 ' in line for line in lines), "the server itself sends no byte"


def test_only_links_lead_to_files(site: Site) -> None:
    site.put_bundle_file("data/a.txt", b"a", hashlib.md5(b"a").hexdigest())
    url = site.bundle_links()["data/a.txt"]
    path = site.server.data_dir / "files" / "ml" / "detector" / "data" / "a.txt"
    for address, status, code in [
        (url[:-1], 403, "bad_link"),
        (url.partition("?")[0], 403, "bad_link"),
        (f"{site.url}/stored-files/ml/detector/data/a.txt", 404, "not_found"),
        (f"{site.url}/bundle-files/link", 404, None),
        (f"{site.url}/files/..%2f..%2fserver.log?{url.partition('?')[2]}", 400, None),
    ]:
        answer = site.get_or_post("GET", address)
        assert answer.status_code == status, address
        assert code is None or answer.json()["code"] == code
    path.unlink()
    assert site.get_or_post("GET", url).json() == {"detail": "this file is not there any more", "code": "not_found"}


def test_http_leads_to_https(site: Site) -> None:
    for method, path in [("GET", "/admin/?a=b%20c"), ("POST", "/get_token")]:
        answer = requests.request(
            method, f"http://127.0.0.1:{site.proxy.http_port}{path}", allow_redirects=False, timeout=10
        )
        assert (answer.status_code, answer.headers["Location"]) == (308, f"https://127.0.0.1{path}")


@pytest.mark.parametrize(
    ("path", "size"), [("get_token", 70_000), ("admin/login/", 70_000), ("_put_new_images", 48_000_001)]
)
def test_bodies_have_a_limit(site: Site, path: str, size: int) -> None:
    answer = site.session.post(f"{site.url}/{path}", data=bytes(size), timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_bodies_up_to_the_limit_reach_the_server(site: Site) -> None:
    answer = site.session.post(f"{site.url}/put_uid_annotations", data=b"[" + b" " * 47_999_999, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


def test_a_bundle_is_not_taken_before_it_is_allowed(site: Site) -> None:
    length = 4_999_000_000
    for query in ("", "?key=ml/detector/a.txt&md5=0&expires=9999999999&signature=" + "A" * 24):
        for head in (f"Content-Length: {length}", "Transfer-Encoding: chunked"):
            with Slow(site, f"POST /bundle-files{query}", head) as sender:
                sender.send(b"10000\r\n" + bytes(1 << 16))
                assert sender.answer(5).startswith(b"HTTP/1.1 403") and b'"bad_link"' in sender.received
                assert site.proxy.buffered() == 0
    assert not _incoming(site)
    link = site.upload_link("output/model_final.pth", "0" * 32)
    target = link["url"].removeprefix(site.url)
    with Slow(site, f"POST {target}", "Content-Length: 5040000000") as sender:
        assert sender.answer(5).startswith(b"HTTP/1.1 413") and b'"too_large"' in sender.received
    with Slow(
        site, f"POST {target}", f"Content-Length: {length}\r\nContent-Type: multipart/form-data; boundary=x"
    ) as sender:
        sender.send(b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + bytes(20_000_000))
        _until(lambda: sum(path.stat().st_size for path in _incoming(site)) > 10_000_000)
        assert site.proxy.buffered() < 1_000_000, "it goes straight on to the server"
    _until(lambda: not _incoming(site))
    assert site.server.files() == set()


def test_the_log_holds_no_secrets(site: Site) -> None:
    site.put_bundle_file("data/a.txt", b"a", hashlib.md5(b"a").hexdigest())
    token = site.ask("get_token").json()["token"]
    download, upload = site.bundle_links()["data/a.txt"], site.upload_link("data/b.txt", "0" * 32)

    def use_all() -> set[int]:
        answers = [
            site.get_or_post("POST", f"{site.url}/get_users", auth=(token, "")),
            site.get_or_post("POST", f"{site.url}/get_users", auth=("admin", "a wrong password")),
            site.get_or_post("GET", f"{site.url}/%0Aforged"),
            *(site.get_or_post("GET", url, headers={"Referer": url}) for url in (download, download[:-1] + "%0A")),
            site.get_or_post("POST", upload["url"], data=upload["fields"], files={"file": b"b"}),
            site.get_or_post("POST", upload["url"], data=b"", headers={"Content-Type": "multipart/form-data"}),
        ]
        return {answer.status_code for answer in answers}

    assert use_all() >= {200, 401, 403, 404}
    site.server.kill()
    assert use_all() == {503}
    site.server.start()
    logs = site.proxy.log.read_text() + site.server.log.read_text()
    assert "/files/ml/detector/data/a.txt" in logs and "/bundle-files" in logs and "/get_users" in logs
    assert not any(line.startswith("forged") for line in logs.splitlines())
    signatures = parse_qs(urlsplit(download).query)["signature"] + [upload["fields"]["signature"]]
    for secret in (token, *signatures, "a wrong password", "signature=", "Basic "):
        assert secret not in logs, secret


NOT_READING, NOT_READING_SERIES, NOT_WRITING = 40, 24, 16  # the server has 16 threads


@pytest.fixture
def long_series(site: Site) -> int:
    """Images whose series is longer than what the sockets hold; returns how many."""
    shot = next(Fleet(n_devices=1, days=0.1, size=(640, 480)).shots())
    assert site.session.post(f"{site.url}/_put_new_images", files={shot.name: (shot.name, render(shot))}, timeout=60).ok
    (columns,) = site.server.select("SELECT group_concat(name) FROM pragma_table_info('images') WHERE name != 'id'")
    values = columns[0].replace("datetime,", "datetime(datetime, '-' || n || ' minutes'),", 1)
    site.server.select(
        "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 40000) "
        f"INSERT INTO images ({columns[0]}) SELECT {values} FROM images, counted"
    )
    return 40001


@pytest.mark.slow
def test_readers_that_never_read_stall_nobody(site: Site, long_series: int) -> None:
    """40 of a file of 64 MB, and more of a series of 20 MB than the server has threads."""
    data = bytes(64_000_000)
    parts = [hashlib.md5(data[at : at + (8 << 20)]).digest() for at in range(0, len(data), 8 << 20)]
    site.put_bundle_file("data/a.db", data, f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}")
    file = site.bundle_links()["data/a.db"].removeprefix(site.url)
    of_files = [Slow(site, f"GET {file}") for _ in range(NOT_READING)]
    assert _longest_wait(site, 20) < 2
    assert not any(reader.is_closed() for reader in of_files)

    info = [{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}]
    assert len(site.ask("get_image_series", info).json()) == long_series
    token, body = site.ask("get_token").json()["token"], json.dumps(info).encode()
    head = f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}"
    of_series = [Slow(site, "POST /get_image_series/image", head, body) for _ in range(NOT_READING_SERIES)]
    # The rows are read and written all the same: that is work, and takes its time.
    _until(lambda: _longest_wait(site, 10) < 1, 25)
    assert not any(reader.is_closed() for reader in of_series)

    _until(lambda: all(reader.is_closed() for reader in of_files + of_series), 45)
    _until(lambda: site.proxy.buffered() == 0)


@pytest.mark.slow
def test_slow_senders_stall_nobody(site: Site) -> None:
    """16 anonymous bodies for each of these, of which a byte comes now and then, then none."""
    paths = ["_put_new_images", "put_uid_annotations", "bundle-files", "api/images/", "admin/login/"]
    head = "Content-Length: 60000\r\nContent-Type: multipart/form-data; boundary=x"
    senders = [Slow(site, f"POST /{path}", head) for path in paths for _ in range(NOT_WRITING)]
    for _ in range(3):
        for sender in senders:
            sender.send(b"-")
        assert _longest_wait(site, 5) < 2
    _until(lambda: all(sender.is_closed() for sender in senders), 35)


def test_an_address_has_so_many_requests_at_once(site: Site) -> None:
    senders = [Slow(site, "POST /get_users", "Content-Length: 1000") for _ in range(200)]
    _until(lambda: site.ask("get_users").status_code == 429)  # nginx counts them as their headers come in
    answer = site.ask("get_users")
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer.headers["Retry-After"]) > 0
    for sender in senders:
        sender.close()
    _until(lambda: site.ask("get_users").ok)


def test_it_starts_before_the_server(tmp_path: Path) -> None:
    require(nginx_part)
    with Nginx(tmp_path / "proxy", "server.invalid:8000", tmp_path) as proxy:
        answer = requests.get(f"{proxy.url}/", verify=str(proxy.certificate), timeout=40)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


class Upstream(BaseHTTPRequestHandler):
    """Answers with the headers that came, or with half an answer, in chunks to those who know chunks, as gunicorn."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = str(self.headers).encode()
        self.send_response(200)
        if self.request_version == "HTTP/1.1":
            self.send_header("Transfer-Encoding", "chunked")
            end = b"" if self.path == "/half" else b"0\r\n\r\n"
            content = b"%x\r\n%s\r\n%s" % (len(content), content, end)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Nginx]:
    """A proxy before a server that tells what came to it."""
    require(nginx_part)
    with HTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        with Nginx(tmp_path / "proxy", f"127.0.0.1:{upstream.server_port}", tmp_path) as proxy:
            yield proxy
        upstream.shutdown()


def test_the_server_is_told_the_real_address(echo: Nginx) -> None:
    lies = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http", "Host": "traps.example.org:444"}
    told = requests.get(f"{echo.url}/", headers=lies, verify=str(echo.certificate), timeout=10).text.splitlines()
    assert {line for line in told if line.startswith(("X-Forwarded", "Host"))} == {
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Proto: https",
        "Host: traps.example.org:444",
    }


def test_half_an_answer_is_never_taken_for_a_whole_one(echo: Nginx) -> None:
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        requests.get(f"{echo.url}/half", verify=str(echo.certificate), timeout=10)


class Slow:
    """A connection of which only as much is sent and read as a test says."""

    def __init__(self, site: Site, request: str, head: str = "", body: bytes = b"") -> None:
        context = ssl.create_default_context(cafile=site.proxy.certificate)
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        plain.settimeout(30)
        plain.connect(("127.0.0.1", site.proxy.https_port))
        self._socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.received = b""
        lines = [f"{request} HTTP/1.1", f"Host: 127.0.0.1:{site.proxy.https_port}", *filter(None, [head])]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def __enter__(self) -> "Slow":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """Sends, whether or not anybody still takes it."""
        with contextlib.suppress(OSError):
            self._socket.sendall(data)

    def answer(self, seconds: float) -> bytes:
        """What comes within that time."""
        self._socket.settimeout(seconds)
        while b"}" not in self.received and (data := self._socket.recv(1 << 16)):
            self.received += data
        return self.received

    def is_closed(self) -> bool:
        """Whether the other side has ended it; nothing is read for that."""
        state = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != 1  # established

    def close(self) -> None:
        """Ends it."""
        self._socket.close()


def _longest_wait(site: Site, n_requests: int) -> float:
    """Seconds that the slowest of some requests of somebody else takes."""
    waits = []
    for path in ["/admin/login/"] * n_requests:
        started = time.monotonic()
        assert site.get_or_post("GET", site.url + path).ok
        waits.append(time.monotonic() - started)
    return max(waits)


def _incoming(site: Site) -> list[Path]:
    return list((site.server.data_dir / "files").glob(".incoming/*"))


def _until(ready: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.1)
