"""Tuboids and labels in the wire form that clients in the field speak, by hand, not through our client."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk")

DEVICE, START, END = "08038ade", "2020-07-08_20-00-00", "2020-07-09_15-00-00"
VERSION = "1606980656-91e2199fccf371d3d690b2856613e8f5"
SERIES = f"{DEVICE}.{START}.{END}.{VERSION}"
TUBOID_ID = f"{SERIES}.0028"
SERIES_INFO = {
    "device": DEVICE,
    "start_datetime": START,
    "end_datetime": END,
    "n_images": 60,
    "n_tuboids": 2,
    "algo_name": "sticky-pi-siamese-insect-matcher",
    "algo_version": VERSION,
}
METADATA = (
    f"{DEVICE}.2020-07-09_03-16-42,2365.951742,1040.722412,3.796610\n{DEVICE}.2020-07-09_03-35-26,2363.6,1035.7,3.4"
)
ASKED = [{"device": "0803%", "start_datetime": START, "end_datetime": END}]
LABEL = {
    "tuboid_id": TUBOID_ID,
    "label": 3,
    "pattern": "Insecta.*",
    "type": "Insecta",
    "order": "Diptera",
    "algo_name": "insect-tuboid-classifier",
    "algo_version": VERSION,
}

PARTS = ("tuboid_id", "series_info", "metadata", "tuboid", "context")


def jpeg(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "yellow").save(buffer, "JPEG")
    return buffer.getvalue()


def parts(**changes: Any) -> dict[str, Any]:
    """The five parts, all of them files; None leaves one out."""
    contents = {
        "tuboid_id": json.dumps(TUBOID_ID),
        "series_info": json.dumps(SERIES_INFO),
        "metadata": METADATA,
        "tuboid": jpeg(896, 224),
        "context": jpeg(256, 192),
        **changes,
    }
    return {name: (name, content) for name, content in contents.items() if content is not None}


def post(server: Server, path: str, info: Any = None, **arguments: Any) -> requests.Response:
    return requests.post(server.url + path, **{"auth": ADMIN, "timeout": 30, "json": info, **arguments})


def put(server: Server, **changes: Any) -> requests.Response:
    return post(server, "/_put_tiled_tuboids", files=parts(**changes))


def test_there_and_back(server: Server) -> None:
    (row,) = put(server).json()
    own = {"tuboid_id": TUBOID_ID, "id_in_series": 28, "n_shots": 2}
    moments = {"start_datetime": "2020-07-09_03-16-42", "end_datetime": "2020-07-09_03-35-26"}
    assert {**own, **moments}.items() <= row.items() and isinstance(row["parent_series_id"], int)

    (found,) = post(server, "/get_tiled_tuboid_series", ASKED).json()
    of_series = {f"{name}_series": value for name, value in SERIES_INFO.items()}
    assert found == {**row, **of_series}
    assert post(server, "/get_tiled_tuboid_series/metadata", ASKED).json() == [found]
    (linked,) = post(server, "/get_tiled_tuboid_series/data", ASKED).json()
    for name, file in {"tuboid": "tuboid.jpg", "context": "context.jpg", "metadata": "metadata.txt"}.items():
        url = linked.pop(name)
        assert url.partition("?")[0].endswith(f"tiled_tuboids/{SERIES}/{TUBOID_ID}/{file}")
        content = parts()[name][1]
        assert requests.get(url, timeout=30).content == (content.encode() if isinstance(content, str) else content)
    assert linked == found

    (series,) = post(server, "/delete_tiled_tuboids", ASKED).json()
    assert SERIES_INFO.items() <= series.items() and series["id"] == row["parent_series_id"]
    assert server.files() == set() and post(server, "/get_tiled_tuboid_series", ASKED).json() == []


def test_real_tuboids(server: Server, samples: Path) -> None:
    for folder in sorted((samples / "tuboids").glob(f"{SERIES}.*")):
        files = {name.partition(".")[0]: (folder / name).read_bytes() for name in ("tuboid.jpg", "context.jpg")}
        files |= {"metadata": (folder / "metadata.txt").read_bytes(), "tuboid_id": json.dumps(folder.name)}
        info = json.dumps({**SERIES_INFO, "n_tuboids": 35})
        assert put(server, series_info=info, **files).status_code == 200
    assert len(post(server, "/get_tiled_tuboid_series", ASKED).json()) == 3


def test_parts_as_other_clients_send_them(server: Server) -> None:
    r_info = json.dumps({**{name: [value] for name, value in SERIES_INFO.items()}, "more": {"x": 1}})
    iso = json.dumps({**SERIES_INFO, "start_datetime": "2020-07-08T20:00:00Z", "end_datetime": "2020-07-09 15:00:00"})
    assert put(server, series_info=r_info, metadata=METADATA + "\n\n").status_code == 200
    assert put(server, series_info=iso, tuboid_id=json.dumps(f"{SERIES}.0031")).status_code == 200
    assert len({row[0] for row in server.select("SELECT parent_series_id FROM tiled_tuboids")}) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        *(
            ({name: None}, f"'{name}' is missing")
            for name in ("tuboid_id", "series_info", "metadata", "tuboid", "context")
        ),
        ({"tuboid_id": TUBOID_ID}, "'tuboid_id' is not JSON"),
        ({"tuboid_id": json.dumps("../" + TUBOID_ID)}, "not a tuboid_id"),
        ({"tuboid_id": json.dumps(TUBOID_ID.replace(DEVICE, "ffffffff"))}, "not of the series"),
        ({"series_info": "{"}, "'series_info' is not JSON"),
        ({"series_info": "[]"}, "series_info"),
        ({"series_info": json.dumps({**SERIES_INFO, "n_tuboids": "many"})}, "'n_tuboids'"),
        ({"metadata": METADATA.replace("2020-07-09_03-16-42", "2020-07-08_03-16-42")}, "not within the series"),
        ({"metadata": "nonsense"}, "line 1"),
        ({"tuboid": b"GIF89a"}, "not a JPEG"),
        ({"context": jpeg(256, 192)[:-100]}, "truncated"),
    ],
)
def test_bad_parts(server: Server, changes: dict[str, Any], words: str) -> None:
    answer = put(server, **changes)
    assert answer.status_code == 400 and words in answer.json()["detail"], answer.text
    assert server.files() == set() and server.select("SELECT * FROM tuboid_series") == []


def test_conflicts(server: Server) -> None:
    assert put(server).status_code == 200
    again = put(server, tuboid=jpeg(224, 224))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert put(server, tuboid_id=json.dumps(f"{SERIES}.0031")).status_code == 200
    full = put(server, tuboid_id=json.dumps(f"{SERIES}.0034"))
    assert (full.status_code, full.json()["code"]) == (409, "series_full")
    assert len(server.files()) == 6


def test_other_kinds_of_body(server: Server) -> None:
    assert post(server, "/_put_tiled_tuboids", [SERIES_INFO]).status_code == 415
    assert post(server, "/get_tiled_tuboid_series", files=parts()).status_code == 415
    assert post(server, "/get_tiled_tuboid_series/thumbnail", ASKED).status_code == 400


def test_labels(server: Server) -> None:
    put(server)
    (made,) = post(server, "/put_itc_labels", [LABEL]).json()
    assert {name: value for name, value in LABEL.items() if name != "tuboid_id"}.items() <= made.items()
    assert [made[rank] for rank in ("family", "genus", "species")] == [None] * 3
    from_r = {name: [value] for name, value in LABEL.items()} | {"algo_name": ["human:ann"], "species": [None]}
    (second,) = post(server, "/put_itc_labels", [from_r]).json()
    tuboids = post(server, "/get_tiled_tuboid_series/data", ASKED).json()
    assert post(server, "/_get_itc_labels", tuboids).json() == [made, second]
    assert post(server, "/_get_itc_labels", [{"tuboid_id": [TUBOID_ID]}]).json() == [made, second]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 409, "conflict"),
        ({"tuboid_id": f"{SERIES}.0999"}, 400, "invalid"),
        ({"label": "three"}, 400, "invalid"),
        ({"order": "x" * 65}, 400, "invalid"),
    ],
)
def test_bad_labels(server: Server, change: dict[str, Any], status: int, code: str) -> None:
    put(server)
    post(server, "/put_itc_labels", [LABEL])
    answer = post(server, "/put_itc_labels", [{**LABEL, "algo_name": "another"}, LABEL | change])
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [item["index"] for item in answer.json()["items"]] == [1]
    assert len(server.select("SELECT * FROM itc_labels")) == 1
