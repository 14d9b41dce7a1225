"""A database or an object store that is dead, silent, slow or cut off: nobody waits for long, the rest is served."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import requests

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.core.formats import image_name
from tests.services.mariadb import MariaDB
from tests.services.object_store import ObjectStore
from tests.services.proxy import Proxy
from tests.services.server import ADMIN, Server

pytestmark = pytest.mark.slow

LONGEST = 20  # seconds that a request may take, its wait for a free thread included
QUICK = 6  # for what does without the part, and for most once it is known to be silent
JPEG = render(next(Fleet(n_devices=1, days=0.1, size=(640, 480)).shots()))
_numbers = itertools.count()


@dataclass(frozen=True)
class Site:
    """A server, and proxies before its parts."""

    server: Server
    database: Proxy
    store: Proxy


@dataclass(frozen=True)
class Answer:
    """What came of a request: None for a connection that broke or timed out."""

    kind: str
    status: int | None
    retry_after: str | None
    seconds: float


@pytest.fixture(scope="module")
def site(mariadb: MariaDB, object_store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {**mariadb.create_database("silence"), **object_store.create_bucket("silence")}
    with Proxy(mariadb.port) as database, Proxy(object_store.port) as store:
        settings |= {"MYSQL_PORT": str(database.port), "S3_HOST": f"http://127.0.0.1:{store.port}"}
        with Server(tmp_path_factory.mktemp("silence"), settings) as server:
            yield Site(server, database, store)


def upload(url: str) -> requests.Response:
    number = next(_numbers)
    name = image_name(f"5c17{number % 8:04x}", datetime(2021, 1, 1) + number * timedelta(minutes=20))
    return requests.post(f"{url}/_put_new_images", auth=ADMIN, files={name: (name, JPEG, "image/jpeg")}, timeout=60)


def series(url: str) -> requests.Response:
    info = [{"device": "%", "start_datetime": "2021-01-01", "end_datetime": "2022-01-01"}]
    return requests.post(f"{url}/get_image_series/image", auth=ADMIN, json=info, timeout=60)


REQUESTS: dict[str, Callable[[str], requests.Response]] = {
    "upload": upload,
    "series": series,
    "token": lambda url: requests.post(f"{url}/get_token", auth=ADMIN, timeout=60),
    "resource": lambda url: requests.get(f"{url}/api/images/", auth=ADMIN, timeout=60),
    "static file": lambda url: requests.get(f"{url}/static/stickypi/icon.svg", timeout=60),
}
NEEDS_DATABASE = {"upload", "series", "token", "resource"}


def send(url: str, kind: str) -> Answer:
    start = time.monotonic()
    try:
        response = REQUESTS[kind](url)
    except requests.RequestException:
        return Answer(kind, None, None, time.monotonic() - start)
    return Answer(kind, response.status_code, response.headers.get("Retry-After"), time.monotonic() - start)


def send_all(url: str, number: int) -> list[Answer]:
    """Requests of all kinds at the same time."""
    kinds = [*itertools.islice(itertools.cycle(REQUESTS), number)]
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda kind: send(url, kind), kinds))


def assert_available(site: Site) -> None:
    """It answers again, within the time after which it says to come again."""
    deadline = time.monotonic() + 10
    while any(answer.status != 200 for answer in send_all(site.server.url, 16)):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def assert_unavailable(answers: list[Answer], kinds: set[str], *, waiting: int) -> None:
    """Those of these kinds were answered with 503, all but so many of them soon; the others as ever."""
    for answer in answers:
        assert answer.status == (503 if answer.kind in kinds else 200), answer
        assert answer.retry_after or answer.status == 200
    slow = [answer for answer in answers if answer.seconds > QUICK]
    assert len(slow) <= waiting and all(answer.kind in kinds and answer.seconds < LONGEST for answer in slow), slow


@contextmanager
def failing(failure: AbstractContextManager[None], site: Site) -> Iterator[None]:
    assert_available(site)
    with failure:
        yield
    assert_available(site)
    assert_complete(site)


def assert_complete(site: Site) -> None:
    """No row without its files; after the command, no file without its row."""
    site.server.manage("remove_orphan_files", "--older-than", "0")
    rows = site.server.select("SELECT device, datetime FROM images")
    assert len(site.server.files()) == 3 * len(rows)
    assert not site.server.select("SELECT * FROM pending_files")


def test_a_silent_database(site: Site) -> None:
    with failing(site.database.silent(), site):
        assert_unavailable(send_all(site.server.url, 40), NEEDS_DATABASE, waiting=12)
        assert_unavailable(send_all(site.server.url, 40), NEEDS_DATABASE, waiting=4)  # to see whether it is back


def test_a_silent_object_store(site: Site) -> None:
    with failing(site.store.silent(), site):
        assert_unavailable(send_all(site.server.url, 40), {"upload"}, waiting=8)
        locks = "SELECT COUNT(*) FROM information_schema.innodb_trx"
        assert site.server.select(locks) == [(0,)], "no transaction waits for the store"


@pytest.mark.parametrize("part", ["database", "store"])
def test_a_part_falls_silent_in_the_middle_of_work(site: Site, part: str) -> None:
    done, answers = threading.Event(), []

    def work(kind: str) -> None:
        while not done.is_set():
            answers.append(send(site.server.url, kind))

    kinds = [*("upload",) * 8, *("series",) * 4, *("resource",) * 4, "static file"]
    with failing(contextlib.nullcontext(), site), ThreadPoolExecutor(len(kinds)) as pool:
        workers = [pool.submit(work, kind) for kind in kinds]
        time.sleep(2)
        with getattr(site, part).silent():
            time.sleep(8)
        done.set()
    assert all(worker.exception() is None for worker in workers)
    assert {answer.status for answer in answers} <= {200, 503, None}
    assert all(answer.kind == "series" for answer in answers if answer.status is None), "a stream that had begun"
    others = [answer.seconds for answer in answers if answer.kind == "static file"]
    assert max(others) < QUICK and max(answer.seconds for answer in answers) < LONGEST


@pytest.mark.parametrize("part", ["database", "store"])
def test_a_dead_part(site: Site, part: str) -> None:
    with failing(getattr(site, part).dead(), site):
        kinds = NEEDS_DATABASE if part == "database" else {"upload"}
        assert_unavailable(send_all(site.server.url, 40), kinds, waiting=0)


@pytest.mark.parametrize("part", ["database", "store"])
def test_a_slow_part_is_waited_for(site: Site, part: str) -> None:
    with failing(getattr(site, part).slow(200_000), site):
        answers = send_all(site.server.url, 20)
    assert {answer.status for answer in answers} == {200}
    assert max(answer.seconds for answer in answers) < LONGEST


@pytest.mark.parametrize("part", ["database", "store"])
def test_cut_connections(site: Site, part: str) -> None:
    """Also those that were idle: that is no reason to refuse a request."""
    assert_available(site)
    getattr(site, part).cut()
    assert {answer.status for answer in send_all(site.server.url, 20)} == {200}
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(send_all, site.server.url, 40)
        while not answers.done():
            getattr(site, part).cut()
            time.sleep(0.02)
    for answer in answers.result():
        assert answer.status in (200, 503, None), answer
        assert answer.status is not None or answer.kind == "series", "a stream that has begun breaks, nothing else"
    assert_available(site)
    assert_complete(site)
