"""Every way of the house runs every case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import LocalClient
from tests.contract.houses import House, LocalHouse, RemoteHouse, remote_client
from tests.contract.image_cases import ImageCases
from tests.contract.user_cases import UserCases


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


class TestLocal(ImageCases):
    """A folder."""

    @pytest.fixture
    def house(self, tmp_path: Path) -> Iterator[House]:
        with LocalClient(str(tmp_path)) as client:
            yield LocalHouse(client, tmp_path)


class _Remote(ImageCases, UserCases):
    """A server; subclasses say on what."""

    way: str

    @pytest.fixture
    def house(self, server_of, tmp_path: Path) -> Iterator[House]:
        server = server_of(self.way)
        server.reset()
        with remote_client(server, tmp_path) as client:
            yield RemoteHouse(client, server)


class TestSQLiteDisk(_Remote):
    """The embedded default."""

    way = "sqlite-disk"


class TestMariaDBDisk(_Remote):
    """A database server, files on disk."""

    way = "mariadb-disk"


class TestMariaDBS3(_Remote):
    """A database server and an object store."""

    way = "mariadb-s3"
