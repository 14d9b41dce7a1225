"""The backends of the contract cases: a client to talk to, and a look at the files behind its back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

from sticky_pi_api.client import BaseClient, LocalClient, RemoteClient
from tests.contract.in_process import InProcess
from tests.services.server import ADMIN, Server

_FOLDERS = ("raw_images", "tiled_tuboids", "ml")


class Backend(Protocol):
    """What the cases need."""

    client: BaseClient

    def files(self) -> set[str]:
        """The storage keys of all files."""


def fetch(url: str) -> bytes:
    """What a `url` of an answer leads to: a link, or the path of a local file."""
    if "://" not in url:
        return Path(url).read_bytes()
    with urlopen(url, timeout=30) as answer:
        return answer.read()


@dataclass
class LocalBackend:
    """A folder, no server."""

    client: LocalClient
    folder: Path

    def files(self) -> set[str]:
        return {
            str(path.relative_to(self.folder))
            for name in _FOLDERS
            for path in (self.folder / name).rglob("*")
            if path.is_file()
        }


@dataclass
class RemoteBackend:
    """A server."""

    client: RemoteClient
    server: Server

    def files(self) -> set[str]:
        return {key for key in self.server.files() if key.partition("/")[0] in _FOLDERS}


@dataclass
class InProcessBackend(RemoteBackend):
    """A server in a process that is a script's; the one that serves is not asked."""

    client: InProcess  # type: ignore[assignment]


def remote_client(server: Server, folder: Path, **arguments: Any) -> RemoteClient:
    """A client of a server, by default as its administrator."""
    username, password = ADMIN
    who = {"username": username, "password": password, **arguments}
    return RemoteClient(str(folder), host="127.0.0.1", port=server.port, protocol="http", **who)
