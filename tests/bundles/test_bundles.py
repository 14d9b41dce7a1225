"""ML bundles over HTTP as existing clients speak it: nothing here goes through our client."""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sticky_pi_api.core.bundles import PART_SIZES
from stickypi.storage import links
from tests.services import object_store
from tests.services.server import ADMIN, Server, backends

MIB = 1 << 20
NEWER = time.time() + 86_400
DISK = ("sqlite-disk", "mariadb-disk")


def md5_of(data: bytes, part_size: int = PART_SIZES[0]) -> str:
    """The md5 as the contract says it, written down once more."""
    if len(data) <= part_size:
        return hashlib.md5(data).hexdigest()
    parts = [hashlib.md5(data[start : start + part_size]).digest() for start in range(0, len(data), part_size)]
    return f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}"


def large(seed: int, size: int = 17 * MIB) -> bytes:
    """Bytes of several parts."""
    return hashlib.shake_128(bytes([seed])).digest(MIB) * (size // MIB)


def offer(key: str, data: bytes, mtime: float = NEWER, **fields: object) -> dict:
    return {"bundle_name": "detector", "key": key, "md5": md5_of(data), "mtime": mtime, **fields}


def ask(server: Server, path: str, info: object, auth: tuple[str, str] = ADMIN) -> requests.Response:
    return requests.post(f"{server.url}/{path}", json=info, auth=auth, timeout=60)


def links_for(server: Server, *offers: dict) -> list[dict]:
    answer = ask(server, "_get_ml_bundle_upload_links", list(offers))
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(link: dict, data: bytes, **changes: str) -> requests.Response:
    url, fields = link["url"]["url"], {**link["url"]["fields"], **changes}
    return requests.post(url, data=fields, files={"file": ("whatever", data)}, timeout=60)


def put(server: Server, key: str, data: bytes, mtime: float = NEWER) -> None:
    (link,) = links_for(server, offer(key, data, mtime))
    answer = send(link, data)
    assert answer.status_code == 204 and answer.content == b"", answer.text


def listed(server: Server, what: str | None = None) -> dict[str, dict]:
    answer = ask(server, "_get_ml_bundle_file_list" + (f"/{what}" if what else ""), "detector")
    assert answer.status_code == 200, answer.text
    files = answer.json()
    assert [file["key"] for file in files] == sorted(file["key"] for file in files)
    return {file["key"]: file for file in files}


def get(server: Server, key: str, **headers: str) -> requests.Response:
    return requests.get(listed(server)[key]["url"], headers=headers, timeout=60)


def test_a_bundle_goes_there_and_back(server: Server) -> None:
    files = {
        "config/config.yaml": b"a: 1\n",
        "data/one é.svg": b"<svg/>",
        "data/sub folder/two.jpg": b"\xff\xd8",
        "data-old.txt": b"",
        "output/model_final.pth": large(1),
    }
    assert listed(server) == {}
    before = time.time()
    answers = links_for(server, *[offer(key, data, extra=1) for key, data in files.items()])
    for link, (key, data) in zip(answers, files.items(), strict=True):
        assert {**link, "url": ""} == {**offer(key, data, extra=1), "url": ""}
        assert send(link, data).status_code == 204
    assert server.files() == {f"ml/detector/{key}" for key in files}
    found = listed(server)
    assert {key: file["md5"] for key, file in found.items()} == {key: md5_of(data) for key, data in files.items()}
    for key, file in found.items():
        assert before - 2 < file["mtime"] < time.time() + 2 and set(file) == {"key", "url", "md5", "mtime"}
        answer = requests.get(file["url"], timeout=60)
        assert answer.content == files[key]
        assert urlsplit(file["url"]).path.rpartition("/")[2] == requests.utils.quote(key.rpartition("/")[2])
    assert set(listed(server, "data")) == {key for key in files if key.startswith(("data/", "config/"))}
    assert set(listed(server, "model")) == {"config/config.yaml", "output/model_final.pth"}
    assert ask(server, "_get_ml_bundle_file_list", ["detector"]).json()[0]["key"] == "config/config.yaml"
    assert ask(server, "_get_ml_bundle_file_list", "other").json() == []


def test_what_needs_uploading(server: Server) -> None:
    old, new, big = b"old", b"new", large(2)
    put(server, "config/a.yaml", old)
    put(server, "output/model_final.pth", big)
    put(server, "data/by_others.db", b"x" + big[1:])
    other_generation = {"md5": md5_of(big, PART_SIZES[1])}
    plain = {"md5": hashlib.md5(big).hexdigest()}
    for needed, offered in [
        (False, offer("config/a.yaml", old)),
        (False, offer("config/a.yaml", old, md5=md5_of(old).upper())),
        (False, offer("config/a.yaml", new, mtime=1e9)),
        (True, offer("config/a.yaml", new)),
        (True, offer("config/b.yaml", old, mtime=1e9)),
        (True, offer("config/a.yaml", old, mtime=1e9, bundle_name="other")),
        (False, offer("output/model_final.pth", big)),
        (False, offer("output/model_final.pth", big, **other_generation)),
        (False, offer("output/model_final.pth", big, **plain)),
        (True, offer("data/by_others.db", big, **other_generation)),
        (True, offer("data/by_others.db", big)),
        (False, offer("data/by_others.db", big, mtime=1e9)),
        (True, offer("output/model_final.pth", old)),
    ]:
        assert bool(links_for(server, offered)) is needed, offered
    assert links_for(server) == []


@pytest.mark.parametrize("part_size", PART_SIZES)
def test_both_generations_of_md5_upload(server: Server, part_size: int) -> None:
    data = large(3)
    link = {"md5": md5_of(data, part_size)}
    (answer,) = links_for(server, offer("output/model_final.pth", data, **link))
    assert send(answer, data).status_code == 204
    assert links_for(server, offer("output/model_final.pth", data, **link)) == []
    assert links_for(server, offer("output/model_final.pth", data)) == []
    assert requests.get(listed(server)["output/model_final.pth"]["url"], timeout=60).content == data


@pytest.mark.parametrize(
    "key",
    [
        *("../a.txt", "data/../../a.txt", "data/..", "/etc/a.txt", "data//a.txt", "./a.txt", "data/./a.txt", ""),
        *("data\\a.txt", "..\\a.txt", "data/a.txt\0", "a\0.txt", "a\n.txt", "a.exe", "a.txt.sh", "data/", "other.pth"),
        *("model_final.pth.zip", ".yaml/..", "a" * 300 + ".txt", "é" * 200 + ".txt", 5, None, ["a.txt", "b.txt"], {}),
    ],
)
@backends("sqlite-disk")
def test_bad_keys(server: Server, key: object) -> None:
    good = offer("data/a.txt", b"")
    answer = ask(server, "_get_ml_bundle_upload_links", [good, {**good, "key": key}])
    assert answer.status_code == 400 and "key" in answer.json()["detail"]
    assert [item["index"] for item in answer.json()["items"]] == [1]


def test_odd_keys_stay_in_the_bundle(server: Server) -> None:
    """Percent signs and the like are characters as others: nobody decodes them."""
    keys = ["%2e%2e/%2e%2e/a.txt", "data/..%2f..%2fb.txt", "%5c..%5cc.txt", "data/a?b#c&d=e+f.txt", "data/'\"<>;.txt"]
    for key in keys:
        put(server, key, key.encode())
    assert server.files() == {f"ml/detector/{key}" for key in keys}
    for key in keys:
        assert get(server, key).content == key.encode()


@pytest.mark.parametrize(
    "name", ["", "..", ".", "a/b", "a\\b", "../x", "a\0", ".hidden", "a" * 101, 5, None, [], ["a", "b"]]
)
@backends("sqlite-disk")
def test_bad_names(server: Server, name: object) -> None:
    assert ask(server, "_get_ml_bundle_file_list", name).status_code == 400
    assert ask(server, "_get_ml_bundle_upload_links", [offer("a.txt", b"", bundle_name=name)]).status_code == 400


@pytest.mark.parametrize(
    "wrong", [{"md5": "x"}, {"md5": None}, {"md5": "0" * 31}, {"mtime": "now"}, {"mtime": None}, {"mtime": True}]
)
@backends("sqlite-disk")
def test_bad_offers(server: Server, wrong: dict) -> None:
    answer = ask(server, "_get_ml_bundle_upload_links", [{**offer("a.txt", b""), **wrong}])
    assert answer.status_code == 400 and next(iter(wrong)) in answer.json()["detail"]


@backends("sqlite-disk")
def test_roles(server: Server) -> None:
    users = [
        {"username": name, "password": "a password", "can_write": name == "writer"} for name in ("writer", "reader")
    ]
    assert ask(server, "put_users", users).status_code == 200
    put(server, "a.txt", b"a")
    statuses = {}
    for name in ("writer", "reader", "nobody"):
        who = (name, "a password")
        read = ask(server, "_get_ml_bundle_file_list/all", "detector", auth=who)
        write = ask(server, "_get_ml_bundle_upload_links", [offer("b.txt", b"b")], auth=who)
        statuses[name] = (read.status_code, write.status_code)
    assert statuses == {"writer": (200, 200), "reader": (200, 403), "nobody": (401, 401)}


def test_a_link_takes_its_own_file_only(server: Server) -> None:
    """Other fields than those signed are refused, wherever the file is kept."""
    (link,) = links_for(server, offer("data/a.txt", b"a"))
    fields = link["url"]["fields"]
    md5 = "md5" if "md5" in fields else "x-amz-meta-md5"
    for changes in ({"key": "ml/detector/data/b.txt"}, {"key": "ml/../a.txt"}, {md5: "0" * 32}):
        assert send(link, b"a", **changes).status_code == 403, changes
    without = {**link, "url": {**link["url"], "fields": {"key": fields["key"]}}}
    assert send(without, b"a").status_code in (400, 403)
    assert server.files() == set()


@backends(*DISK)
def test_tampered_and_expired_links(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    (link,) = links_for(server, offer("data/a.txt", b"a"))
    fields = link["url"]["fields"]

    def sent_with(**changes: str) -> tuple[int, str]:
        changed = {**fields, **changes}
        url = f"{server.url}/bundle-files?{urlencode(changed)}"
        answer = requests.post(url, data=changed, files={"file": ("a", b"a")}, timeout=30)
        return answer.status_code, answer.json()["code"]

    for changes in (
        {"key": "ml/detector/data/b.txt"},
        {"key": "ml/../../a.txt"},
        {"md5": "0" * 32},
        {"expires": str(int(fields["expires"]) + 1)},
        {"expires": "never"},
        {"signature": "é"},
        {"signature": ""},
    ):
        assert sent_with(**changes) == (403, "bad_link"), changes
    # A link for a download is none for an upload, nor the other way round.
    put(server, "data/c.txt", b"c")
    query = parse_qs(urlsplit(listed(server)["data/c.txt"]["url"]).query)
    changes = {"key": "ml/detector/data/c.txt", "expires": query["expires"][0], "signature": query["signature"][0]}
    assert sent_with(**changes) == (403, "bad_link")
    download = f"{server.url}/files/ml/detector/data/a.txt?expires={fields['expires']}&signature={fields['signature']}"
    assert requests.get(download, timeout=30).status_code == 403
    monkeypatch.setattr(links, "LIFETIME", -1)
    fields = links.upload_link_maker(server.url)(fields["key"], fields["md5"])["fields"]
    assert sent_with() == (403, "expired_link")
    assert server.files() == {"ml/detector/data/c.txt"}


@backends("mariadb-s3")
def test_a_link_from_before_the_files_moved_leads_to_the_bucket(server: Server) -> None:
    put(server, "data/a.txt", b"a")
    url = links.download_link_maker(server.url)("ml/detector/data/a.txt")
    answer = requests.get(url, timeout=30)
    assert answer.content == b"a" and [step.status_code for step in answer.history] == [302]
    assert requests.get(url[:-1], timeout=30).status_code == 403


@backends(*DISK)
def test_another_file_than_signed_is_refused(server: Server) -> None:
    put(server, "data/a.txt", b"old")
    (link,) = links_for(server, offer("data/a.txt", b"new"))
    for data in (b"other", b"", b"ne", large(4)):
        answer = send(link, data)
        assert answer.status_code == 400 and answer.json()["code"] == "md5_mismatch"
    no_file = requests.post(link["url"]["url"], data=link["url"]["fields"], timeout=30)
    assert no_file.status_code == 415
    unnamed = requests.post(link["url"]["url"], data=link["url"]["fields"], files={"other": ("a", b"new")}, timeout=30)
    assert unnamed.status_code == 400 and "'file'" in unnamed.json()["detail"]
    assert get(server, "data/a.txt").content == b"old"
    assert not list((server.data_dir / "files" / ".incoming").iterdir())


@backends(*DISK)
def test_a_file_may_not_be_a_folder(server: Server) -> None:
    put(server, "data/a.txt", b"a")
    put(server, "data/b.txt/c.txt", b"c")
    for key in ("data/a.txt/b.txt", "data/b.txt"):
        (link,) = links_for(server, offer(key, b"other"))
        assert send(link, b"other").status_code == 409, key
    assert {key: get(server, key).content for key in listed(server)} == {"data/a.txt": b"a", "data/b.txt/c.txt": b"c"}


@backends(*DISK)
def test_an_upload_that_breaks_off_leaves_nothing(server: Server) -> None:
    put(server, "data/a.db", b"old")
    data = large(9)
    (link,) = links_for(server, offer("data/a.db", data))
    request = requests.Request("POST", link["url"]["url"], data=link["url"]["fields"], files={"file": ("a", data)})
    prepared = request.prepare()
    head = f"POST {prepared.path_url} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items())
    incoming = server.data_dir / "files" / ".incoming"
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(head.encode() + b"\r\n" + prepared.body[: 9 * MIB])
        wait_until(lambda: sum(path.stat().st_size for path in incoming.iterdir()) > 8 * MIB)
    wait_until(lambda: not list(incoming.iterdir()))
    assert get(server, "data/a.db").content == b"old"


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_newer_file_replaces_an_older_one(server: Server) -> None:
    """Whoever reads in the meantime gets one or the other, whole."""
    versions = [large(seed, 9 * MIB) for seed in range(2)]
    put(server, "data/a.db", versions[0])
    seen, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(get(server, "data/a.db").content)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(1, 5):
            put(server, "data/a.db", versions[turn % 2])
    finally:
        done.set()
        reader.join(60)
    assert seen <= set(versions)
    assert listed(server)["data/a.db"]["md5"] == md5_of(versions[0])
    assert server.files() == {"ml/detector/data/a.db"}


@backends(*DISK)
def test_a_folder_is_adopted(server: Server, tmp_path: Path) -> None:
    folder = server.data_dir / "files" / "ml" / "detector"
    (folder / "data").mkdir(parents=True)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    data = large(5)
    (folder / "data" / "images.db").write_bytes(data)
    (folder / "data" / "notes.doc").write_bytes(b"no file of a bundle")
    (folder / "data" / "link.txt").symlink_to(secret)
    (folder / "elsewhere").symlink_to(tmp_path)
    os.utime(folder / "data" / "images.db", (1.5e9, 1.5e9))
    file = listed(server)["data/images.db"]
    assert (file["md5"], file["mtime"]) == (md5_of(data), 1.5e9)
    assert set(listed(server)) == {"data/images.db"}
    # Another content, with size and time as before: a listing does not read it again.
    (folder / "data" / "images.db").write_bytes(data[::-1])
    os.utime(folder / "data" / "images.db", (1.5e9, 1.5e9))
    assert listed(server)["data/images.db"]["md5"] == md5_of(data)
    os.utime(folder / "data" / "images.db", (1.6e9, 1.6e9))
    assert listed(server)["data/images.db"]["md5"] == md5_of(data[::-1])
    (link,) = links_for(server, offer("elsewhere/new.txt", b"new"))
    assert send(link, b"new").status_code == 409
    put(server, "data/link.txt", b"mine")
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"] and secret.read_text() == "secret"


@backends("mariadb-s3")
def test_a_bucket_is_adopted(server: Server) -> None:
    s3, bucket = object_store.client(server.environment), server.environment["S3_BUCKET_NAME"]
    data = large(6)
    for key, content in {"data/a.txt": b"a", "data/big.db": data, "data/../b.txt": b"b", "data/c.doc": b"c"}.items():
        s3.put_object(Bucket=bucket, Key=f"ml/detector/{key}", Body=content)
    s3.upload_fileobj(_Bytes(data), bucket, "ml/detector/output/model_final.pth")
    md5s = {"data/a.txt": md5_of(b"a"), "data/big.db": hashlib.md5(data).hexdigest()}
    md5s["output/model_final.pth"] = md5_of(data)  # boto3's parts are of 8 MiB
    for _ in range(2):
        assert {key: file["md5"] for key, file in listed(server).items()} == md5s
    assert links_for(server, *[offer(key, data) for key in md5s if key != "data/a.txt"]) == []


class _Bytes:
    """A file that boto3 uploads in parts."""

    def __init__(self, data: bytes) -> None:
        self._view, self._at = data, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._view[self._at : self._at + size if size >= 0 else None]
        self._at += len(chunk)
        return chunk


def test_downloads_go_on(server: Server) -> None:
    data = large(7, 9 * MIB)
    put(server, "data/a.db", data)
    size = len(data)
    whole = get(server, "data/a.db")
    assert whole.headers["Accept-Ranges"] == "bytes" and whole.headers["Content-Length"] == str(size)
    for wanted, start, stop in [
        ("bytes=0-0", 0, 1),
        ("bytes=1000000-", 1_000_000, size),
        ("bytes=-1000", size - 1000, size),
        (f"bytes=5-{size + 10}", 5, size),
    ]:
        answer = get(server, "data/a.db", Range=wanted)
        assert answer.status_code == 206 and answer.content == data[start:stop], wanted
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        assert answer.headers["Content-Length"] == str(stop - start)
    assert get(server, "data/a.db", Range=f"bytes={size}-").status_code == 416


@backends("sqlite-disk")
def test_other_ranges_are_as_good_as_none(server: Server) -> None:
    put(server, "data/a.txt", b"0123456789")
    for wanted in ("bytes=-", "bytes=5-2", "lines=1-2", "bytes=1-2,4-5", "bytes=x-", "nonsense"):
        answer = get(server, "data/a.txt", Range=wanted)
        assert (answer.status_code, answer.content) == (200, b"0123456789"), wanted
    answer = get(server, "data/a.txt", **{"Range": "bytes=1-2", "If-Range": '"etag"'})
    assert answer.status_code == 200


@backends("sqlite-disk", "mariadb-s3")
def test_bundles_are_a_resource(server: Server) -> None:
    put(server, "config/a.yaml", b"a")
    put(server, "output/model_final.pth", b"b")

    def resource(path: str) -> requests.Response:
        return requests.get(f"{server.url}/api/bundles/{path}", auth=ADMIN, timeout=30)

    (bundle,) = resource("").json()["results"]
    assert bundle == {"name": "detector", "href": f"{server.url}/api/bundles/detector/"}
    assert resource("detector/").json()["files"] == list(listed(server).values())
    assert [file["key"] for file in resource("detector/?what=data").json()["files"]] == ["config/a.yaml"]
    assert resource("other/").status_code == 404 and resource("detector/?what=x").status_code == 400
    assert requests.get(f"{server.url}/api/bundles/", timeout=30).status_code == 401


@backends("sqlite-disk")
def test_an_upload_takes_little_memory(server: Server) -> None:
    data = large(8, 100 * MIB)
    put(server, "a.txt", b"warm")
    before = server.memory()
    most, done = [before], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            most.append(server.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    put(server, "output/model_final.pth", data)
    listed(server)
    done.set()
    watcher.join(10)
    assert max(most) - before < 30 * MIB
