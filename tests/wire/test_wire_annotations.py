"""Annotations in the wire form that clients in the field speak, by hand: nothing here goes through our client."""

import hashlib
import json
from typing import Any

import pytest
import requests

from simulation.card import render
from simulation.fleet import Fleet
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk")

SHOT = next(Fleet(n_devices=1, days=0.1, size=(160, 120)).shots())
JPEG = render(SHOT)
KEY = {"device": SHOT.device.id, "datetime": f"{SHOT.datetime:%Y-%m-%d_%H-%M-%S}"}
ALL = [{"device": "%", "start_datetime": "2000-01-01_00-00-00", "end_datetime": "2100-01-01_00-00-00"}]
VERSION = "1598113346-ad2cd78dfaca12821046dfb8994724d5"
INSECT = {
    "contour": [[[10, 20]], [[30, 20]], [[30, 40]]],
    "name": "insect",
    "value": 0,
    "fill_colour": "#ff0000",
    "stroke_colour": "#0000ff",
}
COLUMNS = {
    *("id", "parent_image_id", "algo_name", "algo_version", "n_objects", "json"),
    *("datetime_created", "api_version", "api_user", "api_user_id"),
}


def post(server: Server, path: str, info: Any, **arguments: Any) -> requests.Response:
    return requests.post(server.url + path, **{"auth": ADMIN, "timeout": 30, "json": info, **arguments})


def annotation(**metadata: Any) -> dict[str, Any]:
    md5 = hashlib.md5(JPEG).hexdigest()
    algorithm = {"algo_name": "sticky-pi-universal-insect-detector", "algo_version": VERSION}
    return {"annotations": [INSECT, INSECT], "metadata": {**algorithm, **KEY, "md5": md5, **metadata}}


@pytest.fixture(autouse=True)
def image(server: Server) -> dict[str, Any]:
    """The row of an image, the only one there is."""
    files = {SHOT.name: (SHOT.name, JPEG, "image/jpeg")}
    (row,) = requests.post(f"{server.url}/_put_new_images", files=files, auth=ADMIN, timeout=30).json()
    return row


def test_there_and_back(server: Server, image: dict[str, Any]) -> None:
    submitted = annotation(datetime=f"{SHOT.datetime:%Y-%m-%dT%H:%M:%SZ}")
    (put,) = post(server, "/put_uid_annotations", [submitted]).json()
    assert put.keys() == COLUMNS
    assert put["parent_image_id"] == image["id"] and put["api_user"] == ADMIN[0]
    assert (put["n_objects"], put["json"]) == (2, "")
    for what in ("", "/metadata"):
        assert post(server, f"/get_uid_annotations{what}", [KEY]).json() == [put]
        assert post(server, f"/get_uid_annotations_series{what}", ALL).json() == [put]
    for what in ("data", "json"):
        for path, info in (("get_uid_annotations", [KEY]), ("get_uid_annotations_series", ALL)):
            (row,) = post(server, f"/{path}/{what}", info).json()
            assert isinstance(row["json"], str) and json.loads(row["json"]) == submitted
            assert {**row, "json": ""} == put


def test_the_output_of_one_call_is_the_input_of_another(server: Server, image: dict[str, Any]) -> None:
    post(server, "/put_uid_annotations", [annotation()])
    images = post(server, "/get_image_series/image", ALL).json()
    assert len(post(server, "/get_uid_annotations", images).json()) == 1
    # R has no scalars.
    as_lists = [{name: [value] for name, value in images[0].items()}]
    assert len(post(server, "/get_uid_annotations/data", as_lists).json()) == 1
    series = [{name: [value] for name, value in ALL[0].items()}]
    assert len(post(server, "/get_uid_annotations_series", series).json()) == 1


def test_metadata_from_r(server: Server) -> None:
    submitted = annotation()
    submitted["metadata"] = {name: [value] for name, value in submitted["metadata"].items()}
    assert post(server, "/put_uid_annotations", [submitted]).status_code == 200
    (row,) = post(server, "/get_uid_annotations/data", [KEY]).json()
    assert json.loads(row["json"]) == submitted


@pytest.mark.parametrize(
    ("change", "status", "code", "words"),
    [
        ({"md5": "0" * 32}, 400, "invalid", "another one was analysed"),
        ({"device": "ffffffff"}, 400, "invalid", "is not there"),
        ({"datetime": "2022-02-30_00-00-00"}, 400, "invalid", "not a datetime"),
        ({"algo_version": VERSION}, 409, "conflict", "already has an annotation"),
    ],
)
def test_errors_say_which(server: Server, change: dict[str, str], status: int, code: str, words: str) -> None:
    post(server, "/put_uid_annotations", [annotation()])
    good, bad = (annotation(algo_version=f"{number}-{'0' * 32}") for number in (1, 2))
    bad["metadata"] |= change
    answer = post(server, "/put_uid_annotations", [good, bad])
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code) and words in body["detail"]
    assert [item["index"] for item in body["items"]] == [1] and words in body["items"][0]["detail"]
    assert len(post(server, "/get_uid_annotations", [KEY]).json()) == 1


@pytest.mark.parametrize(
    "body", ["", "null", "{}", "[[]]", '[{"metadata": {}}]', '[{"annotations": 1, "metadata": {}}]', "[{]", "NaN"]
)
def test_nonsense(server: Server, body: str) -> None:
    answer = post(server, "/put_uid_annotations", None, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json().keys() >= {"detail", "code"}
    assert post(server, "/get_uid_annotations/image", [KEY]).status_code == 400
    assert server.select("SELECT * FROM uid_annotations") == []
