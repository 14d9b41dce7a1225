"""Images for detectors, by raw HTTP: many workers at once, and what happens to what they held."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from sticky_pi_api.core.formats import image_name
from tests.client.samples import DEVICE, START, VERSION, annotation, jpeg
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")

N_IMAGES = 100
ASKED = {"device": ["5c%"], "start_datetime": ["2022-01-01"], "end_datetime": ["2023-01-01 00:00:00"]}
WORK = [{**ASKED, "algo_name": ["detector"], "algo_version": [VERSION]}]


def post(server: Server, path: str, **arguments: Any) -> Any:
    answer = requests.post(f"{server.url}/{path}", auth=ADMIN, timeout=60, **arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def images(server: Server) -> list[dict[str, Any]]:
    names = [image_name(DEVICE, START + number * timedelta(minutes=20)) for number in range(N_IMAGES)]
    return post(server, "_put_new_images", files={name: (name, jpeg(), "image/jpeg") for name in names})


def worker(server: Server) -> list[dict[str, Any]]:
    """Asks, annotates what it got, and asks again until there is no more."""
    got: list[dict[str, Any]] = []
    while more := post(server, "get_images_to_annotate/thumbnail", json=WORK):
        assert len(more) <= 8 and all(row["url"].partition("?")[0].endswith(".jpg.thumbnail") for row in more)
        got += more
        post(server, "put_uid_annotations", json=[annotation(row, 1) for row in more])
    return got


def test_workers_never_get_the_same(server: Server, images: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: worker(server), range(8)))
    given = Counter(row["id"] for got in answers for row in got)
    assert given == Counter(row["id"] for row in images)
    assert server.select("SELECT COUNT(*) FROM uid_annotations") == [(N_IMAGES,)]


def test_workers_that_ask_at_once(server: Server, images: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(server, "get_images_to_annotate", json=WORK), range(16)))
    given = Counter(row["id"] for got in answers for row in got)
    assert given == Counter(row["id"] for row in images), "all of them, each once"
    assert sum(len(got) == 8 for got in answers) >= N_IMAGES // 8


def seconds_held(server: Server) -> list[float]:
    seconds = "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), ends)"
    if "MYSQL_HOST" not in server.environment:
        seconds = "(julianday(ends) - julianday('now')) * 86400"
    return [found for (found,) in server.select(f"SELECT {seconds} FROM image_leases")]


def test_what_is_not_annotated_in_time_is_given_again(server: Server, images: list[dict[str, Any]]) -> None:
    (first, *_) = held = post(server, "get_images_to_annotate", json=WORK)
    assert all(6 * 3600 - 60 < seconds <= 6 * 3600 for seconds in seconds_held(server))
    assert first not in post(server, "get_images_to_annotate", json=WORK)
    server.execute("UPDATE image_leases SET ends = '2020-01-01 00:00:00'")
    assert post(server, "get_images_to_annotate", json=WORK) == held
    keys = [{"device": row["device"], "datetime": row["datetime"]} for row in held]
    post(server, "delete_images", json=keys)
    assert server.select("SELECT COUNT(*) FROM image_leases") == [(8,)], "those of images that are gone are gone"
