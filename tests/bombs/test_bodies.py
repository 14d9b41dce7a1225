"""JSON that is cheap to send is cheap to refuse or to answer: the server's processor time of each call is bounded."""

import gzip
import json
from collections.abc import Callable

import pytest
import requests

from sticky_pi_api.core.operations import OPERATIONS
from tests.bombs import bounded
from tests.client.samples import DEVICE, EVERYTHING, VERSION
from tests.services.server import ADMIN, Server, backends

pytestmark = [pytest.mark.slow, backends("sqlite-disk")]

TAKE_JSON = [name for name in OPERATIONS if name not in ("get_token", "_put_new_images", "_put_tiled_tuboids")]
MB = 1_000_000

BODIES: dict[str, Callable[[], bytes]] = {
    "nested 100,000 deep": lambda: b"[" * 100_000,
    "nested 47 million deep": lambda: b"[" * (47 * MB),
    "closed, nested 1,000 deep": lambda: b"[" * 1000 + b"]" * 1000,
    "an element nested 900 deep": lambda: b'[{"device": ' + b"[" * 900 + b"1" + b"]" * 900 + b"}]",
    "a dictionary nested 900 deep": lambda: b'[{"device":' * 450 + b"1" + b"}]" * 450,
    "a million numbers": lambda: b"[" + b"1," * MB + b"1]",
    "a million empty lists": lambda: b"[" + b"[]," * MB + b"[]]",
    "15 million empty dictionaries": lambda: b"[" + b"{}," * (15 * MB) + b"{}]",
    "a million fields": lambda: b"[{" + b",".join(b'"%d":1' % n for n in range(MB)) + b"}]",
    "a number of 40 million digits": lambda: b'[{"device": ' + b"9" * (40 * MB) + b"}]",
    "a number beyond all": lambda: b'[{"device": 1e999999999, "datetime": -1e999999999}]',
    "a text of 40 MB": lambda: b'[{"device": "' + b"a" * (40 * MB) + b'"}]',
    "a text of 6 million escapes": lambda: b'[{"device": "' + rb"\u00e9" * (6 * MB) + b'"}]',
    "a list of 20 million as a device": lambda: b'[{"device": [' + b"1," * (20 * MB) + b"1]}]",
    "blanks": lambda: b" " * (40 * MB),
    "broken after 40 MB": lambda: b"[" + b'{"a":1},' * (5 * MB),
    "packed": lambda: gzip.compress(b"[" + b"{}," * (15 * MB) + b"{}]"),
}


ALL_WITHOUT_INFO = ("get_users", "get_projects", "get_project_permissions")  # contract: no body asks for all


@pytest.mark.parametrize("case", BODIES)
def test_bodies(server: Server, case: str) -> None:
    body = BODIES[case]()
    for operation in TAKE_JSON:
        with bounded(server):
            answer = call(server, operation, body)
        assert 400 <= answer.status_code < 500 or operation in ALL_WITHOUT_INFO, (operation, answer.text[:1000])
        assert len(answer.content) < 100_000, operation


def test_a_body_that_is_packed_is_not_unpacked(server: Server) -> None:
    answer = call(server, "get_images", gzip.compress(b"[]"), **{"Content-Encoding": "gzip"})
    assert answer.status_code == 415 and "gzip" in answer.json()["detail"]


NESTED = "%_" * 128
PATTERNS: dict[str, Callable[[], list[str]]] = {
    "many wildcards": lambda: [NESTED, "_%" * 128, "%a" * 128, "%a_" * 85 + "%", "%" * 256],
    "5,000 of many wildcards": lambda: [f"%a%_%{number}%_%b%_%" for number in range(5000)],
    "5,000 devices": lambda: [f"{number:08x}" for number in range(5000)],
    "257 characters": lambda: ["%" * 257],
    "47 MB": lambda: ["%" * (47 * MB)],
}


@pytest.mark.parametrize("case", PATTERNS)
def test_patterns(server: Server, case: str) -> None:
    patterns = PATTERNS[case]()
    span = {"start_datetime": "0001-01-01", "end_datetime": "9999-12-31_23-59-59"}
    info = [{"device": pattern, **span} for pattern in patterns]
    for operation in (
        "get_image_series",
        "get_uid_annotations_series",
        "get_tiled_tuboid_series",
        "delete_tiled_tuboids",
    ):
        with bounded(server):
            answer = call(server, operation, json.dumps(info).encode())
        assert answer.status_code in (200, 400), answer.text
    with bounded(server):
        answer = call(server, "get_users", json.dumps([{"username": pattern} for pattern in patterns]).encode())
    assert answer.status_code in (200, 400, 413), answer.text


@pytest.mark.parametrize(
    "moment",
    ["9999-12-31_23-59-59", "0001-01-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1" * MB, "0" * 19],
)
def test_moments(server: Server, moment: str) -> None:
    for element in (
        {"device": DEVICE, "datetime": moment},
        {"device": "%", "start_datetime": moment, "end_datetime": moment},
    ):
        for operation in ("get_images", "get_image_series", "get_uid_annotations", "get_tiled_tuboid_series"):
            with bounded(server):
                answer = call(server, operation, json.dumps([element]).encode())
            assert answer.status_code in (200, 400), answer.text


ANNOTATIONS: dict[str, Callable[[], str]] = {
    "5 million points": lambda: annotation("[[[1,1]]" + ",[[1,1]]" * (5 * MB) + "]"),
    "5 million contours": lambda: annotation("[[[1,1]]]", also=',{"contour":1}' * (3 * MB)),
    "15 million empty points": lambda: annotation("[[]" + ",[]" * (15 * MB) + "]"),
    "a point of 20 million numbers": lambda: annotation("[[[1" + ",1" * (20 * MB) + "]]]"),
    "a number of 40 million digits": lambda: annotation("[[[" + "9" * (40 * MB) + ",1]]]"),
    "a contour nested 900 deep": lambda: annotation("[" * 900 + "]" * 900),
    "a name of 40 MB": lambda: annotation('[[[1,1]]],"name":"' + "a" * (40 * MB) + '"'),
    "a field nobody knows": lambda: annotation('[[[1,1]]],"more":[' + "{}," * (15 * MB) + "{}]"),
}


def annotation(contour: str, also: str = "") -> str:
    metadata = {
        "algo_name": "detector",
        "algo_version": VERSION,
        "device": DEVICE,
        "datetime": "2022-05-17_18-46-57",
        "md5": "0" * 32,
    }
    return f'[{{"metadata":{json.dumps(metadata)},"annotations":[{{"contour":{contour}}}{also}]}}]'


@pytest.mark.parametrize("case", ANNOTATIONS)
def test_annotations(server: Server, case: str) -> None:
    body = ANNOTATIONS[case]().encode()
    before = server.memory()
    with bounded(server):
        answer = call(server, "put_uid_annotations", body)
    assert answer.status_code in (400, 413), answer.text
    assert len(answer.content) < 100_000
    assert server.memory() - before < 200 * MB


def test_sound_contours_cost_what_they_weigh(server: Server) -> None:
    one = annotation("[[[1,1]]" + ",[[1,1]]" * 490_000 + "]")[1:-1]
    body = f"[{','.join([one] * 11)}]".encode()
    with bounded(server, len(body) / MB * 0.1):
        answer = call(server, "put_uid_annotations", body)
    assert answer.status_code == 400 and "also info[0]" in answer.json()["detail"]


def test_passwords_are_hashed_for_so_many_users_in_a_call(server: Server) -> None:
    users = [{"username": f"user{number}", "password": "a password"} for number in range(101)]
    answer = call(server, "put_users", json.dumps(users).encode())
    assert answer.status_code == 413 and "100" in answer.json()["detail"]
    assert len(server.select("SELECT * FROM users")) == 1


def test_one_file_of_a_bundle_again_and_again(server: Server) -> None:
    element = {"bundle_name": "b", "key": "data/a.txt", "md5": "0" * 32, "mtime": 1}
    with bounded(server):
        answer = call(server, "_get_ml_bundle_upload_links", json.dumps([element] * 1000).encode())
    assert answer.status_code == 400 and "info[0]" in answer.json()["detail"]
    bundles = [{**element, "bundle_name": f"b{number}"} for number in range(5000)]
    with bounded(server):
        answer = call(server, "_get_ml_bundle_upload_links", json.dumps(bundles).encode())
    assert answer.status_code == 413, answer.text


def test_what_they_send_by_day_is_answered(server: Server) -> None:
    assert call(server, "get_image_series", json.dumps(EVERYTHING).encode()).json() == []


def call(server: Server, operation: str, body: bytes, **headers: str) -> requests.Response:
    return requests.post(f"{server.url}/{operation}", data=body, auth=ADMIN, headers=headers, timeout=120)
