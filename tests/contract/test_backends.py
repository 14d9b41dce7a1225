"""Every backend runs every case."""

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import requests

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import LocalClient, RemoteClient
from sticky_pi_api.core.errors import InvalidInput, NotAuthenticated
from tests.contract.actor_cases import ActorCases
from tests.contract.annotation_cases import AnnotationCases
from tests.contract.backends import Backend, InProcessBackend, LocalBackend, RemoteBackend, remote_client
from tests.contract.bundle_cases import BundleCases, RemoteBundleCases
from tests.contract.composition_cases import CompositionCases
from tests.contract.image_cases import ImageCases
from tests.contract.in_process import InProcess
from tests.contract.project_cases import ProjectCases
from tests.contract.tuboid_cases import LabelCases, TuboidCases
from tests.contract.user_cases import UserCases
from tests.contract.work_cases import WorkCases
from tests.services.server import ADMIN, Server


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six small images, three of a trap of either generation."""
    folder = tmp_path_factory.mktemp("shots")
    fleet = Fleet(n_devices=2, days=1, size=(640, 480))
    paths = []
    for device in fleet.devices:
        for shot, _ in zip(fleet.shots(device), range(3), strict=False):
            paths.append(folder / shot.name)
            paths[-1].write_bytes(render(shot))
    return paths


@pytest.fixture(scope="session")
def client_of(
    server_of: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], RemoteClient]]:
    """The client of the server of a backend, as its administrator: one for all tests, so that it logs in once."""
    with contextlib.ExitStack() as stack:
        yield cache(
            lambda kind: stack.enter_context(remote_client(server_of(kind), tmp_path_factory.mktemp(f"client-{kind}")))
        )


@pytest.fixture(scope="session")
def in_process(server_of: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The client in a process beside the embedded server."""
    with InProcess(server_of("sqlite-disk"), tmp_path_factory.mktemp("in-process")) as client:
        yield client


class _Everywhere(ImageCases, AnnotationCases, TuboidCases, LabelCases, CompositionCases, ProjectCases, WorkCases):
    """What takes no account of where it runs."""


class TestLocal(_Everywhere, BundleCases, ActorCases):
    """A folder."""

    @pytest.fixture
    def backend(self, tmp_path: Path) -> Iterator[Backend]:
        with LocalClient(str(tmp_path)) as client:
            yield LocalBackend(client, tmp_path)


class _Remote(_Everywhere, UserCases, RemoteBundleCases):
    """A server; subclasses say on what."""

    kind: str

    @pytest.fixture
    def backend(self, server_of: Callable[[str], Server], client_of: Callable[[str], RemoteClient]) -> Backend:
        server = server_of(self.kind)
        server.reset()
        return RemoteBackend(client_of(self.kind), server)


class TestInProcess(_Everywhere, BundleCases, ActorCases):
    """A server's own code in a script's process, without HTTP."""

    @pytest.fixture
    def backend(self, server_of: Callable[[str], Server], in_process: InProcess) -> Backend:
        server = server_of("sqlite-disk")
        server.reset()
        return InProcessBackend(in_process, server)

    def test_a_token_of_its(self, backend: InProcessBackend) -> None:
        token = backend.client.get_token({"username": ADMIN[0]})["token"]
        answer = requests.post(
            f"{backend.server.url}/get_users", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert [row["username"] for row in answer.json()] == [ADMIN[0]]
        with pytest.raises(InvalidInput, match="client_info"):
            backend.client.get_token()

    def test_who_acts_must_be_a_user(self, backend: InProcessBackend) -> None:
        with pytest.raises(NotAuthenticated, match="'stranger'"):
            backend.client.get_users(client_info={"username": "stranger", "is_admin": True})


class TestSQLiteDisk(_Remote):
    """The embedded default."""

    kind = "sqlite-disk"


class TestMariaDBDisk(_Remote):
    """A database server, files on disk."""

    kind = "mariadb-disk"


class TestMariaDBS3(_Remote):
    """A database server and an object store."""

    kind = "mariadb-s3"
