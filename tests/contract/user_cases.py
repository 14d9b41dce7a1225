"""Users, tokens and roles: of servers only, a folder has no passwords to check."""

import time
from pathlib import Path

import pytest

from sticky_pi_api.core.errors import Conflict, InvalidInput, NotAuthenticated, PermissionDenied
from tests.contract.backends import RemoteBackend, remote_client
from tests.services.server import ADMIN


class UserCases:
    """Inherited by every server."""

    def test_users(self, backend: RemoteBackend) -> None:
        made = backend.client.put_users(
            [
                {"username": "Trap_1", "password": "a password", "email": "trap@example.org"},
                {"username": "reader", "password": "a password", "can_write": False},
            ]
        )
        assert [(row["username"], row["can_write"], row["is_admin"]) for row in made] == [
            ("trap_1", True, False),
            ("reader", False, False),
        ]
        assert not any("password" in column for row in made for column in row)
        names = {"trap_1", "reader", ADMIN[0]}
        for everybody in (None, [], [{}]):
            assert {row["username"] for row in backend.client.get_users(everybody)} == names
        for info, found in [
            ([{"username": "TRAP%"}], {"trap_1"}),
            ([{"username": "trap\\_1"}], set()),
            ([{"username": "trap_1"}, {"email": "nobody"}], {"trap_1"}),
            ([{"username": "reader", "email": "trap@%"}], {"trap_1", "reader"}),
            ([{"is_admin": True}], {ADMIN[0]}),
        ]:
            assert {row["username"] for row in backend.client.get_users(info)} == found, info

    def test_who_acts_says_the_token(self, backend: RemoteBackend) -> None:
        for who in ({"username": "reader"}, {}, "x"):
            assert [row["username"] for row in backend.client.get_users(client_info=who)] == [ADMIN[0]]  # type: ignore[arg-type]
        for argument in (None, {}, [], {"username": "reader"}):
            assert backend.client.get_token(argument)["expiration"] > time.time()  # type: ignore[arg-type]

    def test_a_name_is_taken_once(self, backend: RemoteBackend) -> None:
        new = {"username": "trap", "password": "a password"}
        backend.client.put_users([new])
        with pytest.raises(Conflict, match="'trap' is already there"):
            backend.client.put_users([{**new, "username": "other"}, {**new, "username": "TRAP"}])
        with pytest.raises(InvalidInput, match=r"info\[0\]"):
            backend.client.put_users([{**new, "username": "twice"}, {**new, "username": "twice"}])
        assert len(backend.client.get_users()) == 2

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"username": "a b"}, "user name"),
            ({"username": ""}, "user name"),
            ({"password": ""}, "password"),
            ({"email": "nowhere"}, "e-mail"),
            ({"is_admin": "maybe"}, "true nor false"),
        ],
    )
    def test_bad_users_are_explained(self, backend: RemoteBackend, wrong: dict, words: str) -> None:
        with pytest.raises(InvalidInput, match=words):
            backend.client.put_users([{"username": "new", "password": "a password", **wrong}])

    def test_roles(self, backend: RemoteBackend, shots: list[Path], tmp_path: Path) -> None:
        backend.client.put_users(
            [
                {"username": "writer", "password": "a password"},
                {"username": "reader", "password": "a password", "can_write": False},
            ]
        )
        rows = backend.client.put_images(shots[:1])
        with remote_client(backend.server, tmp_path / "r", username="reader", password="a password") as reader:
            assert len(reader.get_images(rows)) == 1
            assert [row["username"] for row in reader.get_users()] == ["reader"]
            for call in (
                lambda: reader._put_new_images(shots[1:2]),
                lambda: reader.delete_images(rows),
                lambda: reader.put_users([{"username": "x", "password": "a password"}]),
            ):
                with pytest.raises(PermissionDenied):
                    call()
        with remote_client(backend.server, tmp_path / "w", username="writer", password="a password") as writer:
            assert len(writer.put_images(shots[1:2])) == 1
            with pytest.raises(PermissionDenied):
                writer.delete_images(rows)
        assert len(backend.client.get_images(rows)) == 1

    def test_a_token_lasts_a_day(self, backend: RemoteBackend) -> None:
        token = backend.client.get_token()
        assert abs(token["expiration"] - time.time() - 24 * 3600) < 60
        assert ":" not in token["token"]

    def test_wrong_credentials(self, backend: RemoteBackend, tmp_path: Path) -> None:
        for username, password in [(ADMIN[0], "wrong"), ("nobody", "wrong"), ("", "")]:
            client = remote_client(backend.server, tmp_path, username=username, password=password)
            with pytest.raises(NotAuthenticated):
                client.get_images([])
