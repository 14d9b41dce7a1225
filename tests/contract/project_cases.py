"""Projects, their members, and their series: which trap stood where and when. And users that are deleted."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sticky_pi_api.core import records
from sticky_pi_api.core.errors import Conflict, InvalidInput, NotFound
from tests.client.samples import DEVICE, START
from tests.contract.backends import Backend

OTHER = "0a5bb6f4"
END = START + timedelta(days=10)
WHEN = {"start_datetime": START, "end_datetime": END}
TYPES = {
    "bait": "VARCHAR(8)",
    "height": "DOUBLE",
    "n": "INTEGER",
    "open": "BOOLEAN",
    "seen": "DATETIME",
    "memo": "TEXT",
}
VALUES = {"bait": "wine", "height": 1.5, "n": -3, "open": False, "seen": START, "memo": 'é\n"'}
Rows = list[dict[str, Any]]


class ProjectCases:
    """Inherited by every backend."""

    @pytest.fixture
    def project(self, backend: Backend) -> dict[str, Any]:
        """A project; the info of its rows starts with it."""
        (row,) = backend.client.put_projects([{"name": "Vines 2022"}])
        return {"project_id": row["id"]}

    @pytest.fixture
    def columns(self, backend: Backend, project: dict[str, Any]) -> None:
        """A column of each type."""
        info = [{**project, "column_name": name, "column_SQL_type": kind} for name, kind in TYPES.items()]
        put = backend.client.put_project_columns(info)
        assert put == [{"column_name": name, "column_SQL_type": kind} for name, kind in TYPES.items()]

    def test_projects(self, backend: Backend) -> None:
        info = [{"name": "Été", "description": "Vines", "notes": "a\nb"}, {"name": "Été"}]
        first, second = backend.client.put_projects(info)
        assert first.keys() == set(records.PROJECTS) and isinstance(first["datetime_created"], datetime)
        assert [(row["name"], row["description"], row["notes"]) for row in (first, second)] == [
            ("Été", "Vines", "a\nb"),
            ("Été", None, None),
        ]
        assert backend.client.get_projects() == backend.client.get_projects([]) == [first, second]
        assert backend.client.get_projects([{"name": "éT_"}]) == [first, second]
        assert backend.client.get_projects([{"description": "v%"}, {"id": first["id"]}]) == [first]
        assert backend.client.get_projects([second]) == [second]
        assert backend.client.delete_projects([second]) == [second]
        assert backend.client.delete_projects([]) == []
        for nothing in ([{}], None):
            with pytest.raises(InvalidInput):
                backend.client.delete_projects(nothing)  # type: ignore[arg-type]
        assert backend.client.get_projects() == [first]

    @pytest.mark.parametrize(
        "wrong", [{"name": None}, {"name": ""}, {"name": "x" * 33}, {"description": "x" * 257}, {"notes": "\x00"}, []]
    )
    def test_bad_projects_are_refused(self, backend: Backend, wrong: Any) -> None:
        with pytest.raises(InvalidInput) as raised:
            backend.client.put_projects([{"name": "good"}, {"name": "x", **wrong} if wrong else wrong])
        assert [item["index"] for item in raised.value.items] == [1]
        assert backend.client.get_projects() == []

    def test_permissions(self, backend: Backend, project: dict[str, Any]) -> None:
        new = [{"username": name, "password": "a password"} for name in ("ann", "ben")]
        ann, ben = (row["id"] for row in backend.client.put_users(new))
        makers = backend.client.get_project_permissions()
        given = backend.client.put_project_permissions(
            [{**project, "user_id": ann, "level": 2}, {**project, "user_id": ben, "level": 1}]
        )
        assert given[0].keys() == set(records.PROJECT_PERMISSIONS)
        assert [(row["parent_project_id"], row["parent_user_id"], row["level"]) for row in given] == [
            (project["project_id"], ann, 2),
            (project["project_id"], ben, 1),
        ]
        (changed,) = backend.client.put_project_permissions(
            [{**project, "user_id": ann, "level": 3}, {**project, "user_id": ben, "level": 0}]
        )
        assert changed == {**given[0], "level": 3}
        assert backend.client.get_project_permissions() == [*makers, changed]
        assert backend.client.get_project_permissions([{"name": "another"}]) == []
        for wrong, words in (({"user_id": 10**6}, "no user"), ({"level": 4}, "level"), ({"user_id": ann}, "also info")):
            with pytest.raises(InvalidInput, match=words):
                grants = [{**project, "user_id": ann, "level": 1}, {**project, "user_id": ben, "level": 1, **wrong}]
                backend.client.put_project_permissions(grants)
        assert backend.client.get_project_permissions() == [*makers, changed]

    def test_a_series(self, backend: Backend, project: dict[str, Any], columns: None) -> None:
        assert backend.client.get_project_series([project]) == []
        full = {"device": DEVICE, **WHEN, **VALUES}
        put = backend.client.put_project_series([{**project, **full}, {**project, "device": OTHER.upper(), **WHEN}])
        assert [list(row) for row in put] == [["id", "device", "start_datetime", "end_datetime", *TYPES]] * 2
        assert put == [
            {"id": put[0]["id"], **full},
            {"id": put[1]["id"], "device": OTHER, **WHEN, **dict.fromkeys(TYPES)},
        ]
        assert backend.client.get_project_series([project, project]) == put
        changes = [{**put[1], **project, "n": 7}, {**project, "id": put[0]["id"], "bait": None, "seen": END}]
        changed = backend.client.put_project_series(changes)
        assert changed == [{**put[1], "n": 7}, {**put[0], "bait": None, "seen": END}]
        assert backend.client.get_project_series([project]) == changed[::-1]
        gone = backend.client.delete_project_series([{**project, **changed[1]}, {**project, "id": 10**6}])
        assert gone == changed[1:] and backend.client.get_project_series([project]) == changed[:1]

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            *(({name: value}, InvalidInput) for name, value in (("bait", "too long"), ("n", 1.5), ("n", 2**63))),
            *(({name: "x"}, InvalidInput) for name in ("height", "open", "seen", "device", "id", "project_id")),
            ({"device": None}, InvalidInput),
            ({"end_datetime": START - timedelta(days=1)}, InvalidInput),
            ({"id": 10**6}, InvalidInput),
            ({"device": OTHER}, InvalidInput),
            ({"device": "5c173ff3"}, Conflict),
            ({"project_id": 10**6}, NotFound),
        ],
    )
    def test_bad_deployments_are_refused(
        self, backend: Backend, project: dict[str, Any], columns: None, wrong: dict[str, Any], error: type[Exception]
    ) -> None:
        stored = backend.client.put_project_series([{**project, "device": "5c173ff3", **WHEN}])
        good = {**project, "device": OTHER, **WHEN}
        with pytest.raises(error) as raised:
            bad = {**good, "device": DEVICE, **({"bait": "too long!"} if wrong == {"bait": "too long"} else wrong)}
            backend.client.put_project_series([good, bad])
        assert [item["index"] for item in raised.value.items] == [1]  # type: ignore[attr-defined]
        assert backend.client.get_project_series([project]) == stored

    def test_columns_change(self, backend: Backend, project: dict[str, Any], columns: None) -> None:
        (row,) = backend.client.put_project_series([{**project, "device": DEVICE, **WHEN, **VALUES}])
        renamed = backend.client.put_project_columns(
            [
                {**project, "old_column_name": "N", "column_name": "count", "column_SQL_type": "float"},
                {**project, "column_name": "n", "column_SQL_type": "text"},
                {**project, "old_column_name": "bait", "column_name": "lure"},
            ]
        )
        assert [column["column_SQL_type"] for column in renamed] == ["FLOAT", "TEXT", "VARCHAR(8)"]
        (now,) = backend.client.get_project_series([project])
        assert list(now)[4:] == ["lure", "height", "count", "open", "seen", "memo", "n"]
        assert (now["lure"], now["count"], now["n"]) == ("wine", -3.0, None) and isinstance(now["count"], float)
        gone = [{**project, "column_name": name} for name in ("Count", "absent", "lure")]
        deleted = backend.client.delete_project_columns(gone)
        assert deleted == [{"column_name": "count"}, {"column_name": "lure"}]
        backend.client.put_project_columns([{**project, "column_name": "lure", "column_SQL_type": "VARCHAR(8)"}])
        kept = {name: row[name] for name in ("id", "device", *WHEN, "height", "open", "seen", "memo")}
        assert backend.client.get_project_series([project]) == [{**kept, "n": None, "lure": None}]

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"column_name": "BAIT"}, Conflict),
            ({"old_column_name": "height", "column_name": "bait"}, Conflict),
            ({"old_column_name": "absent"}, InvalidInput),
            ({"old_column_name": "memo", "column_SQL_type": "INTEGER"}, InvalidInput),
            ({"column_name": "start_Datetime"}, InvalidInput),
            ({"column_SQL_type": None}, InvalidInput),
            ({"column_SQL_type": "TEXT); DROP TABLE projects"}, InvalidInput),
            ({"project_id": 10**6}, NotFound),
        ],
    )
    def test_bad_columns_are_refused(
        self, backend: Backend, project: dict[str, Any], columns: None, wrong: dict[str, Any], error: type[Exception]
    ) -> None:
        stored = backend.client.put_project_series([{**project, "device": DEVICE, **WHEN, **VALUES}])
        good = {**project, "column_name": "good", "column_SQL_type": "TEXT"}
        with pytest.raises(error):
            backend.client.put_project_columns([good, {**good, "column_name": "new", **wrong}])
        assert backend.client.get_project_series([project]) == stored

    def test_a_project_goes_with_its_series(self, backend: Backend, project: dict[str, Any], columns: None) -> None:
        backend.client.put_project_series([{**project, "device": DEVICE, **WHEN}])
        backend.client.delete_projects(backend.client.get_projects())
        assert backend.client.get_project_permissions() == []
        with pytest.raises(NotFound, match="no project"):
            backend.client.get_project_series([project])

    def test_users_that_are_deleted(self, backend: Backend) -> None:
        new = [{"username": name, "password": "a password"} for name in ("ann", "ben")]
        ann, ben = backend.client.put_users(new)
        assert backend.client.delete_users([{"username": "a_n", "email": None}]) == [ann]
        assert backend.client.delete_users([{"username": "ann"}, {"username": "nobody"}]) == []
        names = {row["username"] for row in backend.client.get_users()}
        assert "ben" in names and "ann" not in names
        assert backend.client.delete_users([ben]) == [ben], "a row is one user, though others have its email and flags"
        with pytest.raises(InvalidInput, match="would delete all"):
            backend.client.delete_users([{}])
        with pytest.raises(Conflict):
            backend.client.put_users(new[:1])
