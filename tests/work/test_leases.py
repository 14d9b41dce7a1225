"""Work that is leased: over HTTP on the real parts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from sticky_pi_api.core.formats import image_name
from tests.client.samples import DEVICE, START, VERSION, annotation, jpeg
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")

N_IMAGES = 12
Post = Callable[..., Any]


@pytest.fixture
def post(server: Server) -> Post:
    """Posts to the server; the answer has to have this status."""

    def ask(path: str, body: Any, status: int = 200) -> Any:
        answer = requests.post(f"{server.url}/{path}", auth=ADMIN, timeout=60, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture
def images(server: Server) -> list[dict[str, Any]]:
    names = [image_name(DEVICE, START + number * timedelta(minutes=20)) for number in range(N_IMAGES)]
    files = {name: (name, jpeg(), "image/jpeg") for name in names}
    rows: list[dict[str, Any]] = requests.post(
        f"{server.url}/_put_new_images", auth=ADMIN, files=files, timeout=60
    ).json()
    return sorted(rows, key=lambda row: row["id"])


def asked(n: int = 5, **changes: Any) -> dict[str, Any]:
    return {"algo_name": "detector", "algo_version": VERSION, "n": n, **changes}


def ids(lease: dict[str, Any]) -> list[int]:
    return [item["id"] for item in lease["items"]]


def put(image: dict[str, Any], token: str) -> list[dict[str, Any]]:
    new = annotation(image, 1)
    return [{**new, "metadata": {**new["metadata"], "lease": token}}]


def progress(server: Server) -> dict[str, int]:
    [row] = requests.get(f"{server.url}/api/work/", auth=ADMIN, timeout=60).json()
    return {name: row[name] for name in ("open", "held", "done", "failed")}


def test_the_life_of_leases(server: Server, post: Post, images: list[dict[str, Any]]) -> None:
    everything = [image["id"] for image in images]
    first = post("api/work/images/", asked(worker="node 1"))
    assert ids(first) == everything[:5] and all(item["image"].startswith("http") for item in first["items"])
    second = post("api/work/images/", asked(100, device="5C%", seconds=10))
    assert ids(second) == everything[5:]
    none = post("api/work/images/", asked())
    assert (ids(none), none["held"]) == ([], N_IMAGES)
    assert ids(post("api/work/images/", asked(algo_version="other"))) == everything[:5], "another version has its own"
    token = first["token"]

    post("put_uid_annotations", put(images[0], token))
    assert post("api/work/extend/", {"token": token, "items": everything[:2], "seconds": 60})["lost"] == everything[:1]
    assert post("api/work/return/", {"token": token, "items": everything[1:2]})["items"] == everything[1:2]
    conflict = post("put_uid_annotations", put(images[1], token), 409)
    assert "its lease has ended" in conflict["detail"] and conflict["code"] == "lease_lost"
    again = post("api/work/images/", asked())
    assert ids(again) == everything[1:2]
    conflict = post("put_uid_annotations", put(images[1], token), 409)
    assert "admin has it until" in conflict["items"][0]["detail"]

    body = {"items": everything[1:2], "reason": "no\nlight " + "x" * 900}
    for failures in (1, 2, 3):
        failed = post("api/work/fail/", {"token": again["token"], **body})
        assert failed == {"items": everything[1:2], "lost": [], "set_aside": everything[1:2] if failures == 3 else []}
        again = post("api/work/images/", asked())
    assert ids(again) == []
    rows = requests.get(f"{server.url}/api/work/", auth=ADMIN, timeout=60).json()
    found = {row["algo_version"]: row for row in rows}[VERSION]
    assert {name: found[name] for name in ("open", "held", "done", "failed")} == {
        "open": 0,
        "held": 10,
        "done": 1,
        "failed": 1,
    }
    assert found["per_hour"] > 0 and found["seconds_left"] > 0


def test_what_is_overdue_is_given_again(server: Server, post: Post, images: list[dict[str, Any]]) -> None:
    late = post("api/work/images/", asked(2))
    server.execute("UPDATE image_leases SET ends = '2020-01-01 00:00:00'")
    post("put_uid_annotations", put(images[0], late["token"]))  # nobody else has got it
    in_time = post("api/work/images/", asked(1))
    assert ids(in_time) == [images[1]["id"]], "before new ones"
    post("put_uid_annotations", put(images[1], late["token"]), 409)
    post("put_uid_annotations", put(images[1], in_time["token"]))
    post("put_uid_annotations", put(images[1], in_time["token"]), 409)
    post("put_uid_annotations", [annotation(images[2], 1)])  # without a lease
    assert ids(post("api/work/images/", asked(100))) == [image["id"] for image in images[3:]]
    assert progress(server) == {"open": 0, "held": 9, "done": 3, "failed": 0}


def test_what_is_deleted_or_comes_later_is_work(server: Server, post: Post, images: list[dict[str, Any]]) -> None:
    server.execute("UPDATE images SET datetime_created = '2020-01-01 00:00:00'")  # the sweep goes beyond them
    lease = post("api/work/images/", asked(100))
    for image in images:
        post("put_uid_annotations", put(image, lease["token"]))
    assert server.select("SELECT position FROM work_sweeps") == [(images[-1]["id"],)]
    assert ids(post("api/work/images/", asked(100))) == []
    name = image_name("0a" + DEVICE[2:], START)
    requests.post(
        f"{server.url}/_put_new_images", auth=ADMIN, files={name: (name, jpeg(), "image/jpeg")}, timeout=60
    ).raise_for_status()
    assert len(ids(post("api/work/images/", asked(100)))) == 1
    delete = f"from annotations import services; services.annotations_delete(ids={[1, 2, 3]})"
    known = server.select("SELECT id, parent_image_id FROM uid_annotations ORDER BY id LIMIT 3")
    server.manage("shell", "-c", delete.replace("[1, 2, 3]", str([pk for pk, _ in known])))
    assert ids(post("api/work/images/", asked(100))) == sorted(parent for _, parent in known)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("images", asked(0), "'n'"),
        ("images", asked(1001), "1 to 1,000"),
        ("images", asked(seconds=9), "'seconds'"),
        ("images", asked(seconds=86401), "10 to 86,400"),
        ("images", asked(device="é"), "'device'"),
        ("images", asked(start_datetime="2022-01-01", end_datetime="2022-01-01"), "not before"),
        ("images", asked(project=77), "no project"),
        ("images", {"algo_name": "x"}, "'algo_version' is missing"),
        ("tuboids", [asked()], "not a dictionary"),
        ("extend", {"token": "x"}, "not the token"),
        ("extend", {"token": "images-x", "items": ["a"]}, "not the id"),
        ("fail", {"token": "images-x"}, "'reason' is missing"),
        ("series", {"device": DEVICE}, "'algo_name' is missing"),
    ],
)
def test_what_is_wrong_is_named(post: Post, path: str, body: Any, says: str) -> None:
    assert says in post(f"api/work/{path}/", body, 400)["detail"]


def test_matchers_do_not_repeat_empty_series(server: Server, post: Post) -> None:
    times = {"start_datetime": "2022-06-20", "end_datetime": "2022-06-21"}
    done = {"device": DEVICE, **times, "algo_name": "matcher", "algo_version": "1", "n_images": 72, "n_tuboids": 0}
    first = post("api/work/series/", done, 201)
    again = post("api/work/series/", {**done, "n_tuboids": 3}, 201)
    assert again["id"] == first["id"] and again["done_at"] >= first["done_at"]
    query = {"device": "5c%", "algo_name": "matcher", "start": "2022-06-20", "end": "2022-06-21"}
    found = requests.get(f"{server.url}/api/work/series/", query, auth=ADMIN, timeout=60).json()["results"]
    assert [(row["n_images"], row["n_tuboids"], row["api_user"]) for row in found] == [(72, 3, "admin")]
    assert requests.get(f"{server.url}/api/work/series/?max_tuboids=0", auth=ADMIN, timeout=60).json()["results"] == []
