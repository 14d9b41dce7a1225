"""The largest calls that are taken cost little for each of their elements, and larger ones are refused."""

import json
from collections.abc import Iterator

import pytest
import requests

from sticky_pi_api.core import limits
from sticky_pi_api.core.operations import OPERATIONS
from tests.bombs import bounded
from tests.client.samples import DEVICE, VERSION
from tests.services.server import ADMIN, Server, backends

pytestmark = [pytest.mark.slow, backends("sqlite-disk", "mariadb-disk")]

N_DEVICES = 40


def call(server: Server, operation: str, info: object) -> requests.Response:
    return requests.post(f"{server.url}/{operation}", json=info, auth=ADMIN, timeout=120)


def element(number: int) -> dict[str, object]:
    """One that most operations take, or would if its image were there."""
    day, second = divmod(number, 86_400)
    moment = f"2021-01-{day + 1:02d}_{second // 3600:02d}-{second // 60 % 60:02d}-{second % 60:02d}"
    return {
        "device": f"{number % 5000:08x}",
        "datetime": moment,
        "start_datetime": moment,
        "end_datetime": "2022-01-01",
        "tuboid_id": f"{DEVICE}.2022-05-17_18-46-57.2022-05-17_19-46-57.{VERSION}.{number + 10_000}",
        "username": f"user{number}",
        "password": "a password",
        "bundle_name": "bundle",
        "key": f"data/{number}.txt",
        "md5": "0" * 32,
        "mtime": 1,
    }


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.most])
def test_the_most_elements_of_a_call(server: Server, name: str) -> None:
    (project,) = call(server, "put_projects", [{"name": "A study"}]).json()

    def make(number: int) -> dict[str, object]:
        if "project" in name:
            return {"project_id": project["id"], "id": number + 1, "column_name": f"column{number}"}
        if name == "get_images_to_annotate":
            return {**element(number), "algo_name": "detector", "algo_version": VERSION}
        return element(number)

    most = OPERATIONS[name].most or 0
    info = [make(number) for number in range(most + 1)]
    with bounded(server):
        answer = call(server, name, info)
    assert answer.status_code == 413 and f"at most {most:,}" in answer.json()["detail"], answer.text[:1000]
    if not name.startswith("put_"):
        with bounded(server, 5):  # 100,000 of them; the next test looks closer
            answer = call(server, name, info[:most])
        assert answer.status_code == 200, answer.text[:1000]


@pytest.mark.parametrize("name", ["get_images", "get_uid_annotations", "_get_itc_labels"])
def test_keys_cost_the_same_however_many(server: Server, name: str) -> None:
    used = [cpu_seconds(server, name, [element(number) for number in range(size)]) / size for size in (10_000, 100_000)]
    assert used[1] < 1.5 * used[0] and used[1] < 40e-6, used


def cpu_seconds(server: Server, name: str, info: list[dict[str, object]]) -> float:
    """The least of three calls: other work on the machine only adds to it."""
    used = []
    for _ in range(3):
        before = server.cpu_seconds()
        assert call(server, name, info).status_code == 200
        used.append(server.cpu_seconds() - before)
    return min(used)


@pytest.fixture
def devices(server: Server) -> Iterator[list[str]]:
    """Devices with an image each."""
    names = [f"5c173f{number:02x}" for number in range(N_DEVICES)]
    columns = "device, datetime, md5, width, height, datetime_created, api_version"
    rows = ", ".join(f"('{name}', '2021-01-01 12:00:00', '', 1, 1, '2021-01-01', '1')" for name in names)
    server.execute(f"INSERT INTO images ({columns}) VALUES {rows}")
    yield names


def test_ranges_of_all_devices(server: Server, devices: list[str]) -> None:
    """Each range counts once for each device: their product is what the database steps through."""

    def info(number: int) -> list[dict[str, str]]:
        start, end = "2021-01-{:02d}_{:02d}-{:02d}-00", "2021-01-{:02d}_{:02d}-{:02d}-30"
        moments = [(n // 1440 + 1, n // 60 % 24, n % 60) for n in range(number)]
        return [
            {"device": "5c%", "start_datetime": start.format(*each), "end_datetime": end.format(*each)}
            for each in moments
        ]

    most = limits.RANGES // N_DEVICES
    for operation, found in (("get_image_series", devices), ("get_uid_annotations_series", [])):
        with bounded(server, 3):
            answer = call(server, operation, info(most))
        assert [row["device"] for row in answer.json()] == found
        with bounded(server):
            answer = call(server, operation, info(most + 1))
        assert answer.status_code == 413 and "longer ranges" in answer.json()["detail"]


def test_overlapping_and_repeated_elements_count_once(server: Server, devices: list[str]) -> None:
    whole = {"device": "%", "start_datetime": "2021-01-01", "end_datetime": "2021-02-01"}
    info = [{**whole, "device": pattern} for pattern in ["%", "5%", "%c%", *devices]] * 100
    answer = call(server, "get_image_series", info)
    assert [row["device"] for row in answer.json()] == devices


def test_thousands_of_patterns_of_users(server: Server) -> None:
    nobody = [{"username": f"%{number}%", "email": f"%{number}@%"} for number in range(limits.USER_PATTERNS - 1)]
    assert call(server, "get_users", nobody).json() == []
    assert [row["username"] for row in call(server, "get_users", [*nobody, {"username": "adm%"}]).json()] == ["admin"]


def test_bad_elements_are_all_blamed(server: Server) -> None:
    with bounded(server):
        answer = requests.post(f"{server.url}/get_images", data=json.dumps([1] * limits.KEYS), auth=ADMIN, timeout=60)
    assert answer.status_code == 400 and len(answer.json()["items"]) == limits.KEYS
