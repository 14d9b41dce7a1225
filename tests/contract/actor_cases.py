"""`client_info`: who acts, and so what they may see and do, where no password says it."""

import time
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.core.errors import InvalidInput, NotAuthenticated, PermissionDenied
from sticky_pi_api.core.layout import TUBOID_FILES
from sticky_pi_api.core.operations import OPERATIONS, Role
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
from tests.contract.backends import Backend

USERS = {"reader": {"can_write": False}, "writer": {}, "chief": {"is_admin": True, "can_write": False}}
ROLES = {"reader": {Role.LOGIN, Role.ANY}, "writer": {Role.LOGIN, Role.ANY, Role.WRITE}, "chief": set(Role)}


class ActorCases:
    """Inherited by a folder, and by a server in this process."""

    @pytest.fixture
    def users(self, backend: Backend) -> dict[str, dict[str, Any]]:
        """A user of each role, by name."""
        new = [{"username": name, "password": "a password", **flags} for name, flags in USERS.items()]
        return {row["username"]: row for row in backend.client.put_users(new)}

    @pytest.fixture
    def arguments(self, backend: Backend, users: dict, tmp_path: Path) -> dict[str, tuple[Any, ...]]:
        """Sound arguments for each operation: all users are admins of the project that they name."""
        images = backend.client.put_images([write_image(tmp_path)])
        first, second = write_tuboid(tmp_path, 0), write_tuboid(tmp_path, 1)
        tuboids = backend.client.put_tiled_tuboids([first], series_info())
        files = {name: second / file for name, file in TUBOID_FILES.items()}
        offered = {"bundle_name": "detector", "key": "a.txt", "md5": "0" * 32, "mtime": 1e9}
        return {
            "get_token": (),
            "get_users": (),
            "put_users": ([{"username": "another", "password": "a password"}],),
            "_put_new_images": ([write_image(tmp_path, 1)],),
            **dict.fromkeys(("get_images", "get_uid_annotations", "delete_images"), (images,)),
            **dict.fromkeys(("get_image_series", "get_uid_annotations_series"), (EVERYTHING,)),
            "put_uid_annotations": ([annotation(images[0])],),
            "_put_tiled_tuboids": ([{"tuboid_id": second.name, "series_info": series_info(), **files}],),
            **dict.fromkeys(("get_tiled_tuboid_series", "delete_tiled_tuboids"), (EVERYTHING,)),
            "put_itc_labels": ([label(tuboids[0]["tuboid_id"])],),
            "_get_itc_labels": (tuboids,),
            "_get_ml_bundle_file_list": ("detector",),
            "_get_ml_bundle_upload_links": ([offered],),
            **self._on_projects(backend, users),
        }

    def _on_projects(self, backend: Backend, users: dict) -> dict[str, tuple[Any, ...]]:
        (row,) = backend.client.put_projects([{"name": "Vines"}])
        project = {"project_id": row["id"]}
        column = {**project, "column_name": "bait", "column_SQL_type": "TEXT"}
        deployment = {**project, "device": DEVICE, "start_datetime": START, "end_datetime": START}
        members = [{**project, "user_id": user["id"], "level": 3} for user in users.values()]
        (new,) = backend.client.put_users([{"username": "new", "password": "a password"}])
        backend.client.put_project_permissions(members)
        backend.client.put_project_columns([{**column, "column_name": "height"}])
        (stored,) = backend.client.put_project_series([{**deployment, "device": "0a5bb6f4"}])
        work = [{**EVERYTHING[0], "algo_name": "detector", "algo_version": VERSION}]
        return {
            "delete_users": ([{"username": "new"}],),
            "get_images_to_annotate": (work,),
            **dict.fromkeys(("get_projects", "get_project_permissions"), ()),
            "get_project_series": ([project],),
            "put_projects": ([{"name": "Apples"}],),
            "put_project_permissions": ([{**project, "user_id": new["id"], "level": 1}],),
            "put_project_series": ([deployment],),
            "put_project_columns": ([column],),
            "delete_project_series": ([{**project, "id": stored["id"]}],),
            "delete_project_columns": ([column],),
            "delete_projects": ([row],),
        }

    @pytest.mark.parametrize("flags", [{}, {"is_admin": True, "can_write": True}], ids=["name", "stale"])
    @pytest.mark.parametrize("name", USERS)
    def test_who_may_do_what(self, backend: Backend, users: dict, arguments: dict, name: str, flags: dict) -> None:
        who = {"username": name.upper(), **flags}  # what is known of the user counts
        assert arguments.keys() == OPERATIONS.keys()
        order = [*sorted(OPERATIONS.keys() - {"delete_projects"}, key=lambda each: "delete" in each), "delete_projects"]
        for operation in order:
            call = getattr(backend.client, operation)
            if OPERATIONS[operation].role not in ROLES[name]:
                with pytest.raises(PermissionDenied, match=f"{operation} takes the role"):
                    call(*arguments[operation], client_info=who)
                continue
            answer = call(*arguments[operation], client_info=who)
            if "put_" in operation and "api_user" in answer[0]:
                written_by = {(row["api_user"], row["api_user_id"]) for row in answer}
                assert written_by == {(name, users[name]["id"])}, operation

    def test_levels(self, backend: Backend, users: dict) -> None:
        """Of a project of the writer's: what the reader may do with each level, and what the chief with none."""
        writer, reader, chief = (users[name] for name in ("writer", "reader", "chief"))
        (row,) = backend.client.put_projects([{"name": "Vines"}], client_info=writer)
        project = {"project_id": row["id"]}
        column = {**project, "column_name": "bait", "column_SQL_type": "TEXT"}
        deployment = {**project, "device": DEVICE, "start_datetime": START, "end_datetime": START}
        calls: dict[str, tuple[int, Any]] = {
            "get_project_series": (1, project),
            "put_project_series": (2, deployment),
            "put_project_columns": (2, column),
            "delete_project_series": (3, {**project, "id": 10**6}),
            "delete_project_columns": (3, {**project, "column_name": "absent"}),
            "put_project_permissions": (3, {**project, "user_id": reader["id"], "level": 3}),
        }
        for level in range(4):
            grant = [{**project, "user_id": reader["id"], "level": level}]
            backend.client.put_project_permissions(grant, client_info=writer if level % 2 else chief)
            assert backend.client.get_projects(client_info=reader) == ([row] if level else [])
            assert bool(backend.client.get_project_permissions(client_info=reader)) == bool(level)
            for operation, (needed, element) in calls.items():
                call = getattr(backend.client, operation)
                if level < needed:
                    with pytest.raises(PermissionDenied, match=f"takes level {needed} .* you have level {level}"):
                        call([element], client_info=reader)
                elif level == needed:
                    call([element], client_info=reader)
        assert backend.client.delete_projects([row], client_info={"username": "chief"}) == [row]
        with pytest.raises(PermissionDenied, match="takes level 1"):
            backend.client.get_project_series([project], client_info=writer)

    def test_who_was_deleted_acts_no_longer(self, backend: Backend, users: dict) -> None:
        with pytest.raises(InvalidInput, match="would be among them"):
            backend.client.delete_users([{"username": "%"}], client_info=users["chief"])
        backend.client.delete_users([users["writer"]], client_info=users["chief"])
        with pytest.raises(NotAuthenticated):
            backend.client.get_projects(client_info=users["writer"])

    def test_who_sees_whom(self, backend: Backend, users: dict) -> None:
        for name, row in users.items():
            seen = {each["username"] for each in backend.client.get_users(client_info=row)}
            assert seen >= USERS.keys() if name == "chief" else seen == {name}
            assert backend.client.get_users([{"username": "writer"}], client_info=row) == (
                [] if name == "reader" else [users["writer"]]
            )

    def test_compositions_pass_it_on(self, backend: Backend, users: dict, tmp_path: Path) -> None:
        images, folder = [write_image(tmp_path)], write_tuboid(tmp_path)
        bundle = tmp_path / "bundle"
        bundle.mkdir()
        (bundle / "a.txt").touch()
        for call, *arguments in (
            (backend.client.put_images, images),
            (backend.client.put_tiled_tuboids, [folder], series_info()),
            (backend.client.put_ml_bundle_dir, "detector", bundle),
        ):
            with pytest.raises(PermissionDenied):
                call(*arguments, client_info=users["reader"])  # type: ignore[operator]
            assert len(call(*arguments, client_info=users["writer"])) == 1  # type: ignore[operator]
        for reads in (
            backend.client.get_images_with_uid_annotations_series,
            backend.client.get_tiled_tuboid_series_itc_labels,
        ):
            assert [row["api_user"] for row in reads(EVERYTHING, client_info=users["reader"])] == ["writer"]
        assert len(backend.client.get_ml_bundle_dir("detector", tmp_path / "copy", client_info=users["reader"])) == 1

    def test_tokens(self, backend: Backend, users: dict) -> None:
        token = backend.client.get_token(users["reader"])
        assert token.keys() == {"token", "expiration"} and ":" not in token["token"]
        assert token["expiration"] > time.time() + 23 * 3600

    def test_nobody_may_do_all(self, backend: Backend, users: dict, tmp_path: Path) -> None:
        (row,) = backend.client.put_images([write_image(tmp_path)], client_info=None)
        assert row["api_user"] is None and backend.client.delete_images([row]) == [row]

    @pytest.mark.parametrize("who", ["reader", [], {}, {"is_admin": True}, {"username": "a b"}])
    def test_what_says_nobody(self, backend: Backend, who: Any) -> None:
        with pytest.raises(InvalidInput, match="client_info"):
            backend.client.get_users(client_info=who)
