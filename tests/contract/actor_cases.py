"""`client_info`: who acts, and so what they may see and do, where no password says it."""

import time
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.core.errors import InvalidInput, PermissionDenied
from sticky_pi_api.core.layout import TUBOID_FILES
from sticky_pi_api.core.operations import OPERATIONS, Role
from tests.client.samples import EVERYTHING, annotation, label, series_info, write_image, write_tuboid
from tests.contract.houses import House

USERS = {"reader": {"can_write": False}, "writer": {}, "chief": {"is_admin": True, "can_write": False}}
ROLES = {"reader": {Role.LOGIN, Role.ANY}, "writer": {Role.LOGIN, Role.ANY, Role.WRITE}, "chief": set(Role)}


class ActorCases:
    """Inherited by a folder, and by a server in this process."""

    @pytest.fixture
    def users(self, house: House) -> dict[str, dict[str, Any]]:
        """A user of each role, by name."""
        new = [{"username": name, "password": "a password", **flags} for name, flags in USERS.items()]
        return {row["username"]: row for row in house.client.put_users(new)}

    @pytest.fixture
    def arguments(self, house: House, tmp_path: Path) -> dict[str, tuple[Any, ...]]:
        """Sound arguments for each operation."""
        images = house.client.put_images([write_image(tmp_path)])
        first, second = write_tuboid(tmp_path, 0), write_tuboid(tmp_path, 1)
        tuboids = house.client.put_tiled_tuboids([first], series_info())
        files = {name: second / file for name, file in TUBOID_FILES.items()}
        offered = {"bundle_name": "detector", "key": "a.txt", "md5": "0" * 32, "mtime": 1e9}
        return {
            "get_token": (),
            "get_users": (),
            "put_users": ([{"username": "new", "password": "a password"}],),
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
        }

    @pytest.mark.parametrize("flags", [{}, {"is_admin": True, "can_write": True}], ids=["name", "stale"])
    @pytest.mark.parametrize("name", USERS)
    def test_who_may_do_what(self, house: House, users: dict, arguments: dict, name: str, flags: dict) -> None:
        who = {"username": name.upper(), **flags}  # what is known of the user counts
        assert arguments.keys() == OPERATIONS.keys()
        for operation in sorted(OPERATIONS, key=lambda each: "delete" in each):
            call = getattr(house.client, operation)
            if OPERATIONS[operation].role not in ROLES[name]:
                with pytest.raises(PermissionDenied, match=f"{operation} takes the role"):
                    call(*arguments[operation], client_info=who)
                continue
            answer = call(*arguments[operation], client_info=who)
            if "put_" in operation:
                assert {row["api_user"] for row in answer} == {name}, operation

    def test_who_sees_whom(self, house: House, users: dict) -> None:
        for name, row in users.items():
            seen = {each["username"] for each in house.client.get_users(client_info=row)}
            assert seen >= USERS.keys() if name == "chief" else seen == {name}
            assert house.client.get_users([{"username": "writer"}], client_info=row) == (
                [] if name == "reader" else [users["writer"]]
            )

    def test_compositions_pass_it_on(self, house: House, users: dict, tmp_path: Path) -> None:
        images, folder = [write_image(tmp_path)], write_tuboid(tmp_path)
        bundle = tmp_path / "bundle"
        bundle.mkdir()
        (bundle / "a.txt").touch()
        for call, *arguments in (
            (house.client.put_images, images),
            (house.client.put_tiled_tuboids, [folder], series_info()),
            (house.client.put_ml_bundle_dir, "detector", bundle),
        ):
            with pytest.raises(PermissionDenied):
                call(*arguments, client_info=users["reader"])  # type: ignore[operator]
            assert len(call(*arguments, client_info=users["writer"])) == 1  # type: ignore[operator]
        for reads in (
            house.client.get_images_with_uid_annotations_series,
            house.client.get_tiled_tuboid_series_itc_labels,
        ):
            assert [row["api_user"] for row in reads(EVERYTHING, client_info=users["reader"])] == ["writer"]
        assert len(house.client.get_ml_bundle_dir("detector", tmp_path / "copy", client_info=users["reader"])) == 1

    def test_tokens(self, house: House, users: dict) -> None:
        token = house.client.get_token(users["reader"])
        assert token.keys() == {"token", "expiration"} and ":" not in token["token"]
        assert token["expiration"] > time.time() + 23 * 3600

    def test_nobody_may_do_all(self, house: House, users: dict, tmp_path: Path) -> None:
        (row,) = house.client.put_images([write_image(tmp_path)], client_info=None)
        assert row["api_user"] is None and house.client.delete_images([row]) == [row]

    @pytest.mark.parametrize("who", ["reader", [], {}, {"is_admin": True}, {"username": "a b"}])
    def test_what_says_nobody(self, house: House, who: Any) -> None:
        with pytest.raises(InvalidInput, match="client_info"):
            house.client.get_users(client_info=who)
