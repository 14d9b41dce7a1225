"""The second generation's operations on projects, by hand: nothing here goes through our client."""

import json
from typing import Any

import pytest
import requests

from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")

Rows = list[dict[str, Any]]
PEOPLE = ("ann", "ben", "cleo")  # ben may not write
RECORD = {"datetime_created", "api_version", "api_user", "api_user_id"}
DEPLOYED = {"device": "5c173ff2", "start_datetime": "2022-05-17_00-00-00", "end_datetime": "2022-06-01_12-30-00"}


def post(server: Server, operation: str, info: Any, who: str | None = None, status: int = 200) -> Any:
    auth = (who, "a password") if who else ADMIN
    answer = requests.post(f"{server.url}/{operation}", json=info, auth=auth, timeout=30)
    assert answer.status_code == status, (operation, info, answer.text)
    return answer.json()


@pytest.fixture
def people(server: Server) -> dict[str, int]:
    """The ids of three users, by name."""
    new = [{"username": name, "password": "a password", "can_write": name != "ben"} for name in PEOPLE]
    return {row["username"]: row["id"] for row in post(server, "put_users", new)}


@pytest.fixture
def project(server: Server, people: dict[str, int]) -> dict[str, Any]:
    """A project of ann's, in which ben has level 2."""
    (row,) = post(server, "put_projects", [{"name": "Vines", "description": "Hedges", "notes": "one\ntwo é"}], "ann")
    post(server, "put_project_permissions", [{"project_id": row["id"], "user_id": people["ben"], "level": 2}], "ann")
    return row


@pytest.fixture
def columns(server: Server, project: dict[str, Any]) -> list[str]:
    """A column of each kind."""
    types = {
        "bait": "varchar(10)",
        "height": "Real",
        "crop": "text",
        "n": "INTEGER",
        "on": "BOOLEAN",
        "seen": "datetime",
    }
    info = [{"project_id": project["id"], "column_name": name, "column_SQL_type": kind} for name, kind in types.items()]
    answer = [{"column_name": name, "column_SQL_type": kind.upper()} for name, kind in types.items()]
    assert post(server, "put_project_columns", info, "ben") == answer
    return list(types)


def test_projects(server: Server, people: dict[str, int], project: dict[str, Any]) -> None:
    assert project.keys() == {"id", "name", "description", "notes"} | RECORD
    assert (project["api_user"], project["api_user_id"]) == ("ann", people["ann"])
    (other,) = post(server, "put_projects", [{"name": "Vines"}])
    assert (other["description"], other["notes"]) == (None, None)
    for everything in (None, [], [{}], [{"name": ["V%"]}], [{"id": "%"}]):
        assert post(server, "get_projects", everything) == [project, other]
        assert post(server, "get_projects", everything, "ben") == [project]
        assert post(server, "get_projects", everything, "cleo") == []
    assert requests.post(f"{server.url}/get_projects", auth=ADMIN, timeout=30).json() == [project, other]
    for asked, found in (
        ([{"id": other["id"]}], [other]),
        ([other], [other]),  # the other project has the same name
        ([{"description": "hedge%"}], [project]),
        ([{"name": "nothing"}, {"id": [str(project["id"])]}], [project]),
        ([{"name": "vin"}], []),
    ):
        assert post(server, "get_projects", asked) == found
    assert post(server, "delete_projects", [{"name": "%"}], "ben") == []
    assert post(server, "delete_projects", [{"name": "%"}], "ann") == [project]
    assert post(server, "get_projects", None) == [other]
    for nothing in ([{}], None):
        post(server, "delete_projects", nothing, status=400)
    assert post(server, "delete_projects", []) == [] and post(server, "delete_projects", [other]) == [other]


def test_permissions(server: Server, people: dict[str, int], project: dict[str, Any]) -> None:
    (mine, bens) = post(server, "get_project_permissions", None, "ben")
    assert mine.keys() == {"id", "parent_project_id", "parent_user_id", "level"} | RECORD
    assert [(row["parent_user_id"], row["level"]) for row in (mine, bens)] == [(people["ann"], 3), (people["ben"], 2)]
    assert post(server, "get_project_permissions", [{"name": "vines"}]) == [mine, bens]
    assert post(server, "get_project_permissions", None, "cleo") == []

    def grant(who: str, level: Any, by: str | None, status: int = 200) -> Rows:
        info = [{"project_id": project["id"], "user_id": people[who], "level": level}]
        return post(server, "put_project_permissions", info, by, status)

    grant("cleo", 1, "ben", 403)
    (changed,) = grant("ben", [1], "ann")
    assert changed == {**bens, "level": 1}
    assert grant("ben", 0, None) == [] and grant("ben", 0, "ann") == []
    assert post(server, "get_projects", None, "ben") == []
    grant("ben", 4, "ann", 400)
    post(server, "put_project_permissions", [{"project_id": project["id"], "user_id": 10**6, "level": 1}], "ann", 400)
    missing = project["id"] + 1
    for status, who in ((404, None), (403, "cleo")):
        error = post(
            server, "put_project_permissions", [{"project_id": missing, "user_id": 1, "level": 1}], who, status
        )
        assert error["items"][0]["index"] == 0 and str(missing) in error["detail"]


def test_a_series(server: Server, project: dict[str, Any], columns: list[str]) -> None:
    where = {"project_id": project["id"]}
    values = {"bait": "vinegar", "height": 1.5, "crop": "vine\nrow 2", "n": 3, "on": True}
    full = {**DEPLOYED, **values, "seen": "2022-05-18_08-00-00"}
    (first, second) = post(
        server,
        "put_project_series",
        [{**where, **full, "unknown": 1}, {**where, **DEPLOYED, "device": "5C173FF3"}],
        "ben",
    )
    assert first == {"id": first["id"], **full} and list(first) == ["id", *DEPLOYED, *columns]
    assert second == {"id": second["id"], **DEPLOYED, "device": "5c173ff3", **dict.fromkeys(columns)}
    assert post(server, "get_project_series", [where], "ben") == [first, second]
    for who, status in (("cleo", 403), (None, 200)):
        post(server, "get_project_series", [where], who, status)
    post(server, "get_project_series", [{"project_id": project["id"] + 1}], status=404)

    change = {**where, "id": second["id"], "n": None, "height": 2, "end_datetime": "2022-07-01T00:00:00+02:00"}
    (changed,) = post(server, "put_project_series", [change], "ben")
    assert changed == {**second, "height": 2.0, "end_datetime": "2022-06-30_22-00-00"}
    assert isinstance(changed["height"], float)

    post(server, "delete_project_series", [{**where, "id": first["id"]}], "ben", 403)
    gone = [{**where, "id": first["id"]}, {**where, "id": 10**6}]
    assert post(server, "delete_project_series", gone, "ann") == [first]
    assert post(server, "get_project_series", [where], "ben") == [changed]


def test_what_a_web_app_in_r_sends(server: Server, project: dict[str, Any], columns: list[str]) -> None:
    """Scalars in lists of one, datetimes in its own forms, whole numbers with a point."""
    boxed = {
        "project_id": [project["id"]],
        "device": ["5c173ff2"],
        "start_datetime": ["2022-05-17"],
        "end_datetime": ["2022-06-01 12:30:00"],
        "bait": ["wine"],
        "n": [3.0],
        "on": [True],
        "height": [None],
        "seen": ["2022-05-18T08:00:00Z"],
    }
    (row,) = post(server, "put_project_series", [boxed], "ben")
    expected = {**DEPLOYED, "bait": "wine", "n": 3, "on": True, "height": None, "crop": None}
    assert row == {"id": row["id"], **expected, "seen": "2022-05-18_08-00-00"}
    info = [{"project_id": [project["id"]], "column_name": ["rows"], "column_SQL_type": ["FLOAT"]}]
    assert post(server, "put_project_columns", info, "ben") == [{"column_name": "rows", "column_SQL_type": "FLOAT"}]
    (changed,) = post(server, "put_project_series", [{**boxed, "id": [row["id"]], "rows": [2]}], "ben")
    assert changed == {**row, "rows": 2.0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"bait": "longer than ten"}, "'bait' is VARCHAR"),
        ({"bait": 3}, "'bait'"),
        ({"height": "1.5"}, "'height' is REAL"),
        ({"height": True}, "'height'"),
        ({"n": 1.5}, "'n' is INTEGER"),
        ({"n": 2**63}, "'n'"),
        ({"on": "yes"}, "'on' is BOOLEAN"),
        ({"seen": "yesterday"}, "'seen' is DATETIME"),
        ({"device": "5c"}, "'device'"),
        ({"end_datetime": "2020-01-01"}, "before it starts"),
        ({"start_datetime": None}, "'start_datetime' is missing"),
        ({"id": 10**6}, "no row"),
    ],
)
def test_values_are_checked(
    server: Server, project: dict[str, Any], columns: list[str], wrong: dict[str, Any], words: str
) -> None:
    good = {"project_id": project["id"], **DEPLOYED}
    error = post(server, "put_project_series", [good, {**good, "device": "0a5bb6f4", **wrong}], "ben", 400)
    assert error["items"][0]["index"] == 1 and words in error["detail"]
    assert post(server, "get_project_series", [good], "ben") == []


def test_a_deployment_is_there_once(server: Server, project: dict[str, Any]) -> None:
    element = {"project_id": project["id"], **DEPLOYED}
    (row,) = post(server, "put_project_series", [element], "ben")
    other = {**element, "device": "0a5bb6f4"}
    assert post(server, "put_project_series", [other, element], "ben", 409)["items"][0]["index"] == 1
    assert post(server, "put_project_series", [other, {**other, "start_datetime": "2022-05-17"}], "ben", 400)
    assert post(server, "put_project_series", [{**element, "id": row["id"]}], "ben") == [row]
    (second,) = post(server, "put_project_series", [other], "ben")
    assert post(server, "put_project_series", [{**element, "id": second["id"]}], "ben", 409)
    (elsewhere,) = post(server, "put_projects", [{"name": "Apples"}], "ann")
    assert len(post(server, "put_project_series", [{**element, "project_id": elsewhere["id"]}], "ann")) == 1
    both = [{"project_id": elsewhere["id"]}, {"project_id": project["id"]}]
    assert post(server, "get_project_series", both, "ann")[:2] == [row, second]
    moved = {"project_id": elsewhere["id"], "id": row["id"]}
    assert "no row" in post(server, "put_project_series", [moved], "ann", 400)["detail"]
    assert post(server, "delete_project_series", [moved], "ann") == []


def test_columns(server: Server, project: dict[str, Any], columns: list[str]) -> None:
    where = {"project_id": project["id"]}
    (row,) = post(server, "put_project_series", [{**where, **DEPLOYED, "n": 3, "bait": "wine"}], "ben")

    def put(status: int, *changes: dict[str, Any]) -> Any:
        return post(server, "put_project_columns", [{**where, **change} for change in changes], "ben", status)

    assert put(409, {"column_name": "N", "column_SQL_type": "REAL"})["items"][0]["index"] == 0
    for bad in ("BLOB", "INTEGER; DROP TABLE images", "VARCHAR(0)", "VARCHAR(x)", "INTEGER(3)", "", 3, None):
        put(400, {"column_name": "new", "column_SQL_type": bad})
    for bad in ("Device", "id", "project_id", "", " x", "x" * 65, 3, None):
        put(400, {"column_name": bad, "column_SQL_type": "TEXT"})
    put(400, {"old_column_name": "absent", "column_name": "new"})
    put(409, {"old_column_name": "n", "column_name": "bait"})
    put(400, {"old_column_name": "bait", "column_name": "bait", "column_SQL_type": "INTEGER"})

    renamed = put(
        200,
        {"old_column_name": "n", "column_name": "number"},
        {"column_name": "n", "column_SQL_type": "double"},
        {"old_column_name": "bait", "column_name": 'n of `"; --', "column_SQL_type": "TEXT"},
        {"old_column_name": "number", "column_name": "Number", "column_SQL_type": "REAL"},
    )
    assert renamed[2:] == [
        {"column_name": 'n of `"; --', "column_SQL_type": "TEXT"},
        {"column_name": "Number", "column_SQL_type": "REAL"},
    ]
    (now,) = post(server, "get_project_series", [where], "ben")
    assert list(now)[4:] == ['n of `"; --', "height", "crop", "Number", "on", "seen", "n"]
    assert now == {**{name: row[name] for name in now if name in row}, 'n of `"; --': "wine", "Number": 3.0, "n": None}

    gone = [{**where, "column_name": "number"}, {**where, "column_name": "absent"}]
    post(server, "delete_project_columns", gone, "ben", 403)
    assert post(server, "delete_project_columns", gone, "ann") == [{"column_name": "Number"}]
    put(200, {"column_name": "Number", "column_SQL_type": "REAL"})
    (now,) = post(server, "get_project_series", [where], "ben")
    assert now["Number"] is None and now['n of `"; --'] == "wine"
    values = [json.loads(text) for (text,) in server.select("SELECT `values` FROM deployments")]
    assert 3 not in [value for deployment in values for value in deployment.values()]


def test_a_project_goes_with_all_it_holds(server: Server, project: dict[str, Any], columns: list[str]) -> None:
    post(server, "put_project_series", [{"project_id": project["id"], **DEPLOYED, "n": 3}], "ben")
    post(server, "delete_projects", [{"id": project["id"]}], "ann")
    for table in ("projects", "project_permissions", "project_columns", "deployments"):
        assert server.select(f"SELECT COUNT(*) FROM {table}") == [(0,)]


def test_users_that_are_deleted(server: Server, people: dict[str, int], project: dict[str, Any]) -> None:
    token = requests.post(f"{server.url}/get_token", auth=("ann", "a password"), timeout=30).json()["token"]
    post(server, "delete_users", [{"username": "ben"}], "ann", 403)
    for nonsense in ([{}], None, [{"email": None}]):
        post(server, "delete_users", nonsense, status=400)
    assert "'admin' would be among them" in post(server, "delete_users", [{"username": "%"}], status=400)["detail"]
    (ann,) = post(server, "get_users", [{"username": "ann"}])
    assert post(server, "delete_users", [ann]) == [ann], "others may write, too"
    for auth in (("ann", "a password"), (token, "")):
        assert requests.post(f"{server.url}/get_projects", auth=auth, timeout=30).status_code == 401
    assert {row["username"] for row in post(server, "get_users", None)} == {"admin", "ben", "cleo"}
    assert post(server, "get_projects", None)[0]["api_user"] == "ann"
    post(server, "put_users", [{"username": "ann", "password": "a password"}], status=409)
    assert post(server, "delete_users", [{"username": "ann"}]) == []
