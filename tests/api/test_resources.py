"""The REST resources (contract, section 6), over HTTP in this process."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from annotations.models import UIDAnnotation
from images.models import Image
from labels.models import ITCLabel
from projects.models import Deployment, Project, ProjectColumn, ProjectPermission
from simulation.card import render
from simulation.fleet import Fleet
from tuboids.models import TiledTuboid, TuboidSeries

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], APIClient]
START = datetime(2022, 6, 20, tzinfo=UTC)
DEVICES = ["0a5bb6f4", "0a77c001", "5c173ff2"]
VERSION, LATER = "1600000000-" + "a" * 32, "1700000000-" + "b" * 32
SHOT = next(shot for shot in Fleet(n_devices=2, days=0.1, size=(640, 480)).shots() if shot.device.generation == 2)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ROWS = ["images", "annotations", "tuboid-series", "tuboids", "labels", "users", "devices", "projects", "deployments"]


@pytest.fixture
def rows(db: None) -> None:
    """Each device: 40 images, two annotations of each; 2 series of 5 labelled tuboids; 4 deployments in 10 projects."""
    Image.objects.bulk_create(
        Image(
            device=device,
            datetime=START + n * timedelta(minutes=20),
            md5="0" * 32,
            width=4,
            height=3,
            lat="49.25",
            but=n > 3,
        )
        for n in range(40)
        for device in DEVICES
    )
    UIDAnnotation.objects.bulk_create(
        UIDAnnotation(parent_image=image, algo_name="uid", algo_version=version, n_objects=image.pk % 7, json="{}")
        for version in (VERSION, LATER)
        for image in Image.objects.all()
    )
    for device in DEVICES:
        for day in range(2):
            make_series(device, START + timedelta(days=day))
    for number in range(10):
        make_project(f"Vines {number}")


def make_project(name: str) -> None:
    project = Project.objects.create(name=name, description="Hedges")
    bait = ProjectColumn.objects.create(parent_project=project, name="bait", sql_type="TEXT")
    seen = ProjectColumn.objects.create(parent_project=project, name="seen", sql_type="DATETIME")
    values = {str(bait.pk): "wine", str(seen.pk): "2022-06-20_10-00-00"}
    for day in range(4):
        times = {"start_datetime": START + timedelta(days=day), "end_datetime": START + timedelta(days=day + 1)}
        Deployment.objects.bulk_create(
            Deployment(parent_project=project, device=device, values=values if day else {}, **times)
            for device in DEVICES
        )


def make_series(device: str, start: datetime) -> None:
    times = {"start_datetime": start, "end_datetime": start + timedelta(days=1)}
    series = TuboidSeries.objects.create(
        device=device, **times, n_images=72, n_tuboids=5, algo_name="sim", algo_version=VERSION
    )
    for number in range(5):
        name = f"{device}.{start:%Y-%m-%d_%H-%M-%S}.{times['end_datetime']:%Y-%m-%d_%H-%M-%S}.{VERSION}.{number:04d}"
        tuboid = TiledTuboid.objects.create(
            parent_series=series, tuboid_id=name, id_in_series=number, n_shots=3 + number, **times
        )
        ITCLabel.objects.create(
            parent_tuboid=tuboid, algo_name="itc", algo_version=VERSION, label=number, pattern="x", type="Insecta"
        )


def pages(client: APIClient, address: str, **parameters: Any) -> Iterator[dict]:
    """All pages from the first on; no more than any of these tests has."""
    answer = client.get(address, parameters).json()
    for _ in range(200):
        yield answer
        if not answer["next"]:
            return
        answer = client.get(answer["next"]).json()
    pytest.fail("the pages have no end")


def results(client: APIClient, address: str, **parameters: Any) -> list[dict]:
    return [row for page in pages(client, address, **parameters) for row in page["results"]]


def upload(client: APIClient, data: bytes, **fields: str) -> Any:
    return client.post("/api/images/", {"file": SimpleUploadedFile(SHOT.name, data, "image/jpeg"), **fields})


def read_of(row: dict, without: set[str]) -> dict:
    return {name: value for name, value in row.items() if name not in without}


def test_an_image_is_stored_read_and_deleted(
    client_of: ClientOf, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    data = render(SHOT)
    answer = upload(client_of("writer"), data)
    row = answer.json()
    assert answer.status_code == 201 and row.pop("warnings") == []
    assert row["device"] == SHOT.device.id and row["datetime"] == f"{SHOT.datetime:%Y-%m-%dT%H:%M:%SZ}"
    assert row["lat"] == pytest.approx(SHOT.device.lat, abs=1e-5) and row["but"] is SHOT.readings.button
    reader = client_of("reader")
    read = reader.get(answer.headers["Location"]).json()
    without = {"image", "thumbnail", "thumbnail_mini"}
    assert read_of(read, without) == read_of(row, without)
    assert b"".join(Client().get(read["image"]).streaming_content) == data
    assert Client().get(read["thumbnail_mini"]).status_code == 200

    again = upload(client_of("writer"), data)
    assert (again.status_code, again.headers["Location"]) == (200, answer.headers["Location"])
    assert read_of(again.json(), without) == {**read_of(row, without), "warnings": []}
    other = upload(client_of("writer"), data.replace(b"StickyPi", b"SomeElse"))
    assert (other.status_code, other.json()["code"], other.json()["items"][0]["index"]) == (409, "conflict", 0)
    for damaged, fields in ((data[: len(data) // 2], {}), (data, {"md5": "0" * 32})):
        assert upload(client_of("writer"), damaged, **fields).status_code == 400, "what came damaged is no other file"
    with django_capture_on_commit_callbacks(execute=True):
        assert client_of("admin").delete(answer.headers["Location"]).status_code == 204
    assert reader.get(answer.headers["Location"]).status_code == 404
    assert not list(folder.rglob("*.jpg*"))


def test_an_unreadable_sensor_block_is_a_warning_and_a_damaged_file_an_error(client_of: ClientOf, folder: Path) -> None:
    data, writer = render(SHOT), client_of("writer")
    for damaged, fields in ((data[: len(data) // 2], {}), (data, {"md5": "0" * 32}), (b"text", {})):
        assert upload(writer, damaged, **fields).status_code == 400
    assert not Image.objects.exists() and not list(folder.rglob("*.jpg*"))
    answer = upload(writer, data.replace(b"StickyPi", b"SomeElse"))
    assert answer.status_code == 201 and answer.json()["temp"] is None
    assert "null" in answer.json()["warnings"][0]


def test_which_files_are_missing(rows: None, client_of: ClientOf, django_assert_max_num_queries: Any) -> None:
    writer, there = client_of("writer"), f"{DEVICES[0]}.{START:%Y-%m-%d_%H-%M-%S}.jpg"
    absent = [
        f"5c173f{n % 256:02x}.2023-06-{n // 1440 + 1:02d}_{n // 60 % 24:02d}-{n % 60:02d}-00.jpg" for n in range(9998)
    ]
    named = [{"name": name, "md5": "0" * 32} for name in [there, *absent]] + [{"name": there, "md5": "F" * 32}]
    with django_assert_max_num_queries(2):  # the caller, and all files
        answer = writer.post("/api/images/missing/", named, format="json")
    assert answer.json() == {"absent": absent, "different": [{"name": there, "md5": "0" * 32}]}
    assert writer.post("/api/images/missing/", [*named, named[0]], format="json").status_code == 413
    assert writer.post("/api/images/missing/", [], format="json").json() == {"absent": [], "different": []}
    assert client_of("reader").post("/api/images/missing/", named, format="json").status_code == 403
    assert writer.get("/api/images/missing/").status_code == 405
    wrong = [named[0], {"name": "holiday.jpg", "md5": "0" * 32}, {"name": there}, {"name": there, "md5": "x"}, "x"]
    refused = writer.post("/api/images/missing/", wrong, format="json")
    assert refused.status_code == 400 and [item["index"] for item in refused.json()["items"]] == [1, 2, 3, 4]
    details = [item["detail"] for item in refused.json()["items"]]
    assert "holiday.jpg" in details[0] and "'md5' is missing" in details[1] and "32 hex" in details[2]
    assert writer.post("/api/images/missing/", {"name": there}, format="json").status_code == 400


@pytest.mark.parametrize("name", ROWS)
def test_pages_have_each_row_once_there_and_back(rows: None, client_of: ClientOf, name: str) -> None:
    admin, size = client_of("admin"), 2 if name in ("users", "devices", "tuboid-series") else 7
    client_of("reader"), client_of("writer")
    whole = results(admin, f"/api/{name}/", page_size=1000)
    there = list(pages(admin, f"/api/{name}/", page_size=size))
    keys = [row["href"] for page in there for row in page["results"]]
    assert len(there) > 1 and keys == [row["href"] for row in whole] and len(set(keys)) == len(keys)
    back, page = [], there[-1]
    while page["previous"]:
        page = admin.get(page["previous"]).json()
        back = [row["href"] for row in page["results"]] + back
    assert back == keys[: -len(there[-1]["results"])] and page == {**there[0], "results": page["results"]}


def test_pages_stay_whole_while_rows_are_written_and_deleted(rows: None, client_of: ClientOf) -> None:
    reader, before = client_of("reader"), set(Image.objects.values_list("pk", flat=True))
    seen = []
    for page in pages(reader, "/api/images/", page_size=9):
        seen += [row["id"] for row in page["results"]]
        Image.objects.filter(pk=seen[-1]).delete()
        Image.objects.create(device="00000000", datetime=START - len(seen) * timedelta(hours=1), width=4, height=3)
    assert set(seen) == before and len(seen) == len(before)


@pytest.mark.parametrize(
    ("address", "parameters", "expected"),
    [
        ("images", {"device": "0A%"}, 80),
        ("images", {"device": "_c17%"}, 40),
        ("images", {"device": "%[0-9]%"}, 0),
        ("images", {"device": "5c173ff2", "start": "2022-06-20_01-00-00", "end": "2022-06-20T02:00:00Z"}, 3),
        ("images", {"start": "2022-06-20T03:00:00+02:00", "end": "2022-06-20 02:00:00"}, 9),
        ("annotations", {"device": "%f2", "algo_name": "uid", "algo_version": LATER}, 40),
        ("annotations", {"end": "2022-06-20_00-20-00"}, 6),
        ("tuboid-series", {"device": "0a%", "start": "2022-06-21", "end": "2022-06-22"}, 2),
        ("tuboids", {"device": "0a%", "min_shots": "6"}, 8),
        ("labels", {"device": "5C%", "label": "3"}, 2),
        ("devices", {"device": "0a%"}, 2),
        ("devices", {"seen_before": "2022-06-20"}, 0),
    ],
)
def test_filters(rows: None, client_of: ClientOf, address: str, parameters: dict, expected: int) -> None:
    assert len(results(client_of("reader"), f"/api/{address}/", **parameters)) == expected


def test_objects_filter_and_contours(rows: None, client_of: ClientOf) -> None:
    reader = client_of("reader")
    found = results(reader, "/api/annotations/", min_objects=3, max_objects=4)
    assert {row["n_objects"] for row in found} == {3, 4} and all("json" not in row for row in found)
    submitted = {"annotations": [{"contour": [[[1, 2]], [[3, 4]]], "value": 0}], "metadata": {"md5": "é"}}
    UIDAnnotation.objects.filter(pk=found[0]["id"]).update(json=json.dumps(submitted))
    assert reader.get(found[0]["href"]).json()["json"] == submitted


@pytest.mark.parametrize("name", ROWS)
def test_queries_do_not_grow_with_rows(
    rows: None, client_of: ClientOf, name: str, django_assert_max_num_queries: Any
) -> None:
    admin = client_of("admin")
    with django_assert_max_num_queries(5):  # the caller, devices, keys, rows, and what they belong to
        page = admin.get(f"/api/{name}/", {"device": "%", "page_size": 1000}).json()
    with django_assert_max_num_queries(4):
        assert admin.get(page["results"][0]["href"]).status_code == 200


def test_numbers_are_numbers_and_datetimes_iso(rows: None, client_of: ClientOf) -> None:
    reader, admin = client_of("reader"), client_of("admin")
    for name in ROWS:
        row = admin.get(f"/api/{name}/").json()["results"][0]
        datetimes = [value for column, value in row.items() if "datetime" in column]
        assert datetimes and all(ISO.fullmatch(value) for value in datetimes), name
    assert reader.get("/api/images/").json()["results"][0]["lat"] == 49.25


def test_projects_are_for_those_who_may_read_them(
    rows: None, client_of: ClientOf, user_of: Callable[[str], User]
) -> None:
    reader, admin = client_of("reader"), client_of("admin")
    first, *others = results(admin, "/api/projects/")
    assert first["columns"] == {"bait": "TEXT", "seen": "DATETIME"} and len(others) == 9
    assert results(reader, "/api/projects/") == [] == results(reader, "/api/deployments/")
    ProjectPermission.objects.create(parent_project_id=first["id"], parent_user=user_of("reader"), level=1)
    assert results(reader, "/api/projects/") == results(admin, "/api/projects/", name="vin%0") == [first]
    assert reader.get(others[0]["href"]).status_code == 404
    whole = results(reader, "/api/deployments/")
    assert len(whole) == 12 and len(results(admin, "/api/deployments/", project=first["id"])) == 12
    assert whole[0]["values"] == {"bait": None, "seen": None} and whole[0]["project"] == first["href"]
    assert whole[-1]["values"] == {"bait": "wine", "seen": "2022-06-20T10:00:00Z"}
    in_the_field = {"start": "2022-06-21T12:00:00Z", "end": "2022-06-21T13:00:00Z", "device": "0a%"}
    assert [row["device"] for row in results(reader, "/api/deployments/", **in_the_field)] == DEVICES[:2]
    assert reader.delete(first["href"]).status_code == 403 and admin.post("/api/projects/").status_code == 405


def test_a_device_is_its_first_and_last_image(rows: None, client_of: ClientOf) -> None:
    last = START + timedelta(days=100)
    Image.objects.create(device=DEVICES[0], datetime=last, width=4, height=3, bat=55)
    Image.objects.create(device=DEVICES[0], datetime=last - timedelta(days=7), width=4, height=3)
    row = client_of("reader").get(f"/api/devices/{DEVICES[0]}/").json()
    assert row["first_datetime"] == "2022-06-20T00:00:00Z" and row["last_datetime"] == "2022-09-28T00:00:00Z"
    assert row["n_images_7_days"] == 1 and row["last_image"]["bat"] == 55


def test_permissions(rows: None, client_of: ClientOf, user_of: Callable[[str], User]) -> None:
    reader, writer, admin = map(client_of, ("reader", "writer", "admin"))
    image = reader.get("/api/images/").json()["results"][0]["href"]
    for client, address in ((reader, "/api/images/"), (APIClient(), "/api/images/"), (APIClient(), "/api/")):
        answer = client.post(address) if client is reader else client.get(address)
        assert answer.status_code == (403 if client is reader else 401)
        assert answer.json().keys() == {"detail", "code"}
    assert "Basic" in APIClient().get("/api/images/").headers["WWW-Authenticate"]
    assert writer.delete(image).status_code == 403
    assert {row["username"] for row in results(admin, "/api/users/")} == {"reader", "writer", "admin"}
    assert [row["username"] for row in results(reader, "/api/users/")] == ["reader"]
    assert reader.get("/api/users/me/").json() == reader.get("/api/users/").json()["results"][0]
    assert reader.get(f"/api/users/{user_of('admin').pk}/").status_code == 404
    assert "password" not in admin.get("/api/users/me/").content.decode()


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("/api/images/?start=yesterday", "'start'"),
        ("/api/images/?start=%25", "'start'"),
        ("/api/images/?end=%25(a)s", "'end'"),
        ("/api/images/?device=%C3%A9", "'device'"),
        ("/api/annotations/?min_objects=many&start=0", "'min_objects'"),
        ("/api/images/?cursor=abc", "cursor"),
        ("/api/tuboids/?algo_name=%00", "'algo_name'"),
    ],
)
def test_bad_parameters_are_told(client_of: ClientOf, address: str, word: str) -> None:
    answer = client_of("reader").get(address)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "invalid") and word in body["detail"]
    assert not re.search(r"[\[\]{}]|ErrorDetail", body["detail"])


def test_a_cursor_is_of_one_resource(rows: None, client_of: ClientOf) -> None:
    reader = client_of("reader")
    cursor = reader.get("/api/images/?page_size=1").json()["next"].partition("?")[2]
    assert reader.get(f"/api/images/?{cursor}").status_code == 200
    assert reader.get(f"/api/tuboids/?{cursor}").status_code == 400


def test_bad_bodies_are_told(client_of: ClientOf) -> None:
    writer = client_of("writer")
    answer = writer.post("/api/images/", {"md5": "0" * 32})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid") and "'file'" in answer.json()["detail"]
    assert writer.post("/api/images/", {"file": "x"}, format="json").status_code == 415
    assert writer.put("/api/images/").status_code == 405


def test_people_browse_and_nothing_comes_from_another_host(
    rows: None, user_of: Callable[[str], User], client: Client
) -> None:
    html = {"headers": {"accept": "text/html"}}
    assert client.get("/api/images/", **html).headers["Location"] == "/admin/login/?next=/api/images/"
    client.force_login(user_of("reader"))
    assert 'name="file"' not in client.get("/api/images/", **html).content.decode(), "no form to who may not upload"
    client.force_login(user_of("admin"))
    for address in ["/api/", *(f"/api/{name}/" for name in ROWS), "/api/docs/"]:
        answer = client.get(address, **html)
        page = answer.content.decode()
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
        assert not re.search(r"""<(script|img|link|iframe)[^>]*(src|href)=["']?(https?:)?//""", page), address
        assert "@import" not in page and "validator.swagger.io" not in page
    assert 'name="file"' in client.get("/api/images/", **html).content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user_of("admin"))
    assert strict.post("/api/images/").status_code == 403


def test_the_description_is_valid_and_complete(tmp_path: Path, client: Client, db: None) -> None:
    file = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
    described = yaml.safe_load(file.read_text())
    assert {f"/api/{name}/" for name in ROWS} <= described["paths"].keys()
    assert all(path.startswith("/api/") for path in described["paths"])
    assert client.get("/api/schema/", headers={"accept": "application/json"}).json()["paths"] == described["paths"]
    for name in [*ROWS, "bundles"]:  # a page each, in the same form
        answer = described["paths"][f"/api/{name}/"]["get"]["responses"]["200"]["content"]["application/json"]
        page = described["components"]["schemas"][answer["schema"]["$ref"].rpartition("/")[2]]
        assert page["type"] == "object" and {"next", "previous", "results"} <= page["properties"].keys(), name
    upload_body = described["paths"]["/api/images/"]["post"]["requestBody"]["content"]
    assert upload_body.keys() == {"multipart/form-data"}


def test_a_series_in_which_nothing_was_caught(client_of: ClientOf) -> None:
    sent = {
        "device": DEVICES[0],
        "start_datetime": "2022-06-20T00:00:00Z",
        "end_datetime": "2022-06-21_00-00-00",
        "n_images": 72,
        "n_tuboids": 0,
        "algo_name": "sim",
        "algo_version": VERSION,
    }
    writer = client_of("writer")
    for _ in range(2):  # one that is there is left as it is
        answer = writer.post("/api/tuboid-series/", sent, format="json")
        assert answer.status_code == 201 and answer.json()["n_images"] == 72
        assert client_of("reader").get(answer["Location"]).json() == answer.json()
    assert TuboidSeries.objects.get().api_user == "writer"
    for changes, status, words in (
        ({"n_images": 71}, 409, "with 72 images and 0 tuboids"),
        ({"device": "x"}, 400, "not a device"),
        ({"end_datetime": "2022-06-19"}, 400, "before"),
        ({"n_tuboids": -1}, 400, "n_tuboids"),
        ({"algo_name": None}, 400, "algo_name"),
    ):
        answer = writer.post("/api/tuboid-series/", {**sent, **changes}, format="json")
        assert (answer.status_code, words in answer.content.decode()) == (status, True), answer.content
    assert writer.post("/api/tuboid-series/", [sent], format="json").status_code == 400
    assert client_of("reader").post("/api/tuboid-series/", sent, format="json").status_code == 403
    assert TuboidSeries.objects.count() == 1
