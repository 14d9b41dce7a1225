"""Resources as whole tables: Arrow, CSV, lines of JSON; sparse fields, counts, ETags."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
import pytest
from rest_framework.test import APIClient

from images.models import Image
from sticky_pi_api.core import records
from tests.api.test_resources import ClientOf, rows  # noqa: F401  the same rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rows")]

TABLES = {
    "images": (records.ImageRow, 120),
    "annotations": (records.AnnotationOnImageRow, 240),
    "tuboid-series": (records.TuboidSeriesRow, 6),
    "tuboids": (records.TuboidInSeriesRow, 30),
    "labels": (records.LabelOnTuboidRow, 30),
}


@pytest.fixture
def viewer(client_of: ClientOf) -> APIClient:
    return client_of("reader")


def ask(client: APIClient, url: str, **headers: str) -> Any:
    answer = client.get(f"/api/{url}", headers=headers)
    assert answer.status_code == 200, answer.content
    return answer


def read_arrow(answer: Any) -> pa.Table:
    assert answer.headers["Content-Type"] == "application/vnd.apache.arrow.stream"
    return pa.ipc.open_stream(answer.getvalue()).read_all()


def all_rows(client: APIClient, url: str) -> list[dict[str, Any]]:
    """Of the pages of JSON."""
    found, address = [], f"/api/{url}{'&' if '?' in url else '?'}page_size=50"
    while address:
        page = client.get(address).json()
        found, address = found + page["results"], page["next"]
    return found


@pytest.mark.parametrize("name", TABLES)
def test_each_form_has_the_rows_of_the_pages(viewer: APIClient, name: str) -> None:
    row, number = TABLES[name]
    table = read_arrow(ask(viewer, f"{name}/", accept="application/vnd.apache.arrow.stream"))
    assert table.schema.names == [each for each in records.columns(row) if each != "json"]
    assert table.num_rows == number == ask(viewer, f"{name}/count/").json()["count"]
    paged = {each["id"]: each for each in all_rows(viewer, f"{name}/")}
    columns = [each for each in table.schema.names if each in next(iter(paged.values()))]
    assert len(columns) > 7
    lines = [json.loads(line) for line in ask(viewer, f"{name}/?format=ndjson").getvalue().splitlines()]
    for found in (orjson.loads(orjson.dumps(table.to_pylist(), option=orjson.OPT_UTC_Z)), lines):
        assert {each["id"] for each in found} == set(paged) and len(found) == number
        for each in found:
            for column in columns:
                there = paged[each["id"]][column]
                if records.is_datetime(column) and there:
                    there = f"{there[:19]}Z"
                assert each[column] == (float(there) if isinstance(each[column], float) else there), column
    text = ask(viewer, f"{name}/?format=csv").getvalue().decode()
    assert [int(each["id"]) for each in csv.DictReader(io.StringIO(text))] == table["id"].to_pylist()
    dated = next(column for column in table.schema.names if records.is_datetime(column))
    assert pd.read_csv(io.StringIO(text), parse_dates=[dated])[dated].dt.tz is not None


def test_fields_filters_and_what_is_large(viewer: APIClient) -> None:
    table = read_arrow(ask(viewer, "images/?format=arrow&fields=datetime,device&device=0a%25&end=2022-06-20_02-00-00"))
    assert table.schema.names == ["device", "datetime"] and table.num_rows == 2 * 6
    assert table["datetime"].to_pylist()[:2] == [datetime(2022, 6, 20, 0, minute, tzinfo=UTC) for minute in (0, 20)]
    annotated = read_arrow(ask(viewer, "annotations/?format=arrow&fields=id,json&algo_version=1600000000-" + "a" * 32))
    assert annotated["json"].to_pylist() == ["{}"] * 120
    page = ask(viewer, "tuboids/?fields=tuboid_id,context").json()["results"]
    assert {frozenset(each) for each in page} == {frozenset({"tuboid_id", "context"})}
    for url in ("images/?fields=device,nothing", "images/?fields=nothing&format=csv"):
        answer = viewer.get(f"/api/{url}")
        assert answer.status_code == 400 and "there is no 'nothing', there are" in answer.json()["detail"], (
            answer.content
        )
        assert answer.headers["Content-Type"] == "application/json"


def test_nothing_has_a_header_still(viewer: APIClient) -> None:
    text = ask(viewer, "images/?format=csv&device=ffffffff").getvalue().decode()
    assert pd.read_csv(io.StringIO(text)).columns.tolist() == list(records.IMAGES)
    assert read_arrow(ask(viewer, "images/?format=arrow&device=ffffffff")).num_rows == 0
    assert ask(viewer, "images/?format=ndjson&device=ffffffff").getvalue() == b""


def test_captured_between_is_about_the_first_shot(viewer: APIClient) -> None:
    day = datetime(2022, 6, 20)
    for name in ("tuboids", "labels"):
        for start, end, number in ((0, 1, 15), (0, 2, 30), (1, 9, 15), (-3, 0, 0)):
            span = ",".join(f"{day + timedelta(days=each):%Y-%m-%d_%H-%M-%S}" for each in (start, end))
            assert ask(viewer, f"{name}/count/?captured_between={span}").json()["count"] == number
        for bad in ("2022-06-20", "2022-06-21,2022-06-20", "x,y", "2022-06-20,"):
            assert viewer.get(f"/api/{name}/?captured_between={bad}").status_code == 400, bad


def test_who_has_the_same_already_gets_304(viewer: APIClient) -> None:
    first = ask(viewer, "labels/?page_size=3")
    assert viewer.get("/api/labels/?page_size=3", headers={"if-none-match": first.headers["ETag"]}).status_code == 304
    assert viewer.get("/api/labels/?page_size=4", headers={"if-none-match": first.headers["ETag"]}).status_code == 200


def test_tables_are_for_who_may_read(client: APIClient) -> None:
    answer = client.get("/api/images/?format=csv")
    assert answer.status_code == 401 and answer.json()["code"]


@pytest.mark.parametrize("url", ["images/{}/", "images/count/", "labels/count/"])
def test_what_is_no_table_is_json_only(viewer: APIClient, url: str) -> None:
    address = f"/api/{url.format(Image.objects.earliest('pk').pk)}"
    assert ask(viewer, address.removeprefix("/api/")).headers["Content-Type"] == "application/json"
    for answer in (viewer.get(f"{address}?format=csv"), viewer.get(address, headers={"accept": "text/csv"})):
        assert answer.status_code in (400, 404) and answer.headers["Content-Type"] == "application/json"
        assert answer.json().keys() >= {"detail", "code"}


def test_an_id_that_no_database_has_finds_nothing(viewer: APIClient) -> None:
    for number in (2**63, 2**64, -(2**63) - 1):
        for url in ("deployments/count/?project=", "annotations/count/?parent_image_id=", "labels/count/?label="):
            assert ask(viewer, f"{url}{number}").json() == {"count": 0}, url
