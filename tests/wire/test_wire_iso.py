"""`STICKYPI_DATETIME_FORMAT=iso`: the datetimes that clients of the second generation write and expect."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sticky_pi_api.core.records import is_datetime
from tests.client.samples import (
    DEVICE,
    EVERYTHING,
    START,
    VERSION,
    annotation,
    label,
    series_info,
    write_image,
    write_tuboid,
)
from tests.contract.backends import remote_client
from tests.services.server import ADMIN, Server

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
WHEN = {"start_datetime": "2022-05-17T00:00:00Z", "end_datetime": "2022-06-01T12:30:00Z"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("iso"), {"STICKYPI_DATETIME_FORMAT": "iso"}) as running:
        yield running


def post(server: Server, operation: str, info: Any) -> list[dict[str, Any]]:
    answer = requests.post(f"{server.url}/{operation}", json=info, auth=ADMIN, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_datetime_is_iso(server: Server, tmp_path: Path) -> None:
    server.reset()
    with remote_client(server, tmp_path / "client") as client:
        (image,) = client.put_images([write_image(tmp_path)])
        assert image["datetime"] == START, "our client reads either form"
        client.put_uid_annotations([annotation(image)])  # type: ignore[list-item]
        (tuboid,) = client.put_tiled_tuboids([write_tuboid(tmp_path)], series_info())
        client.put_itc_labels([label(tuboid["tuboid_id"])])
    (project,) = post(server, "put_projects", [{"name": "Vines"}])
    where = {"project_id": project["id"]}
    columns = {"seen": "DATETIME", "datetime_memo": "TEXT", "memo": "TEXT"}
    post(server, "put_project_columns", [{**where, "column_name": c, "column_SQL_type": t} for c, t in columns.items()])
    values = {"seen": "2022-05-18 08:00:00", "datetime_memo": "on Monday", "memo": "2022-05-18_08-00-00"}
    (row,) = post(server, "put_project_series", [{**where, "device": DEVICE, **WHEN, **values}])
    assert row == {"id": row["id"], "device": DEVICE, **WHEN, **values, "seen": "2022-05-18T08:00:00Z"}
    assert post(server, "get_project_series", [where]) == [row]
    work = [{**EVERYTHING[0], "algo_name": "other", "algo_version": VERSION}]
    keys = [{"device": DEVICE, "datetime": "2022-05-17T18:46:57Z"}]
    for operation, info in (
        ("get_images", keys),
        ("get_image_series/thumbnail", EVERYTHING),
        ("get_images_to_annotate/image", work),
        ("get_uid_annotations", keys),
        ("get_uid_annotations_series/data", EVERYTHING),
        ("get_tiled_tuboid_series/data", EVERYTHING),
        ("_get_itc_labels", [tuboid]),
        ("get_users", None),
        ("get_projects", None),
        ("get_project_permissions", None),
        ("delete_tiled_tuboids", EVERYTHING),
        ("delete_images", keys),
    ):
        rows = post(server, operation, info if info is not None and "tuboid_id" not in info[0] else _ids(info))
        datetimes = [value for found in rows for column, value in found.items() if is_datetime(column)]
        assert rows and datetimes and all(ISO.fullmatch(value) for value in datetimes), operation


def _ids(info: Any) -> Any:
    return info and [{"tuboid_id": row["tuboid_id"]} for row in info]


def test_links_lead_to_files_as_ever(server: Server, tmp_path: Path) -> None:
    server.reset()
    with remote_client(server, tmp_path / "client") as client:
        client.put_images([write_image(tmp_path)])
    (row,) = post(server, "get_image_series/image", EVERYTHING)
    assert row["url"].partition("?")[0].endswith(f"{DEVICE}.2022-05-17_18-46-57.jpg")
    assert requests.get(row["url"], timeout=30).status_code == 200
