"""The operations of a server over HTTP."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.chunks import chunker
from ..core.errors import InvalidInput
from ..core.formats import shown
from ..core.wire import dump_info
from ..md5s import file_md5
from ..reading import reading, stored_name, tuboid_paths
from ..types import ClientInfo, InfoType, MetadataType, Token, TuboidFiles
from .http import Http
from .multipart import MultipartBody, Part
from .operations import RemoteOperations

_CHUNK = 2000  # elements of `info` in one request of a read


class RemoteAPIConnector(RemoteOperations):
    """The operations of a server over HTTP. Who acts says the user name; `client_info` is ignored.

    Args:
        host: name or address of the server.
        username, password: of a user of that server.
        protocol: `https` or `http`.
        port: of the server.
        n_threads: how many requests run at once, where a call makes several.
    """

    def __init__(
        self, host: str, username: str, password: str, protocol: str = "https", port: int = 443, n_threads: int = 8
    ) -> None:
        if not host or any(mark in host for mark in "/@ ") or (":" in host and not host.startswith("[")):
            raise InvalidInput(
                f"{shown(host)} is not the name or address of a host alone: "
                "protocol and port are arguments of their own, e.g. protocol='http', port=8000"
            )
        self._http = Http(f"{protocol}://{host}:{port}", username, password, n_threads)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def get_token(self, client_info: ClientInfo | None = None, info: object = None) -> Token:
        return self._http.get_token()

    def get_images(self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None) -> MetadataType:
        # The elements are independent of each other, so a list of any length is asked for in chunks.
        if not isinstance(info, list | tuple) or len(info) <= _CHUNK:
            return self._ask("get_images", info, client_info, what)
        answers = (self._ask("get_images", chunk, client_info, what) for chunk in chunker(info, _CHUNK))
        found = {row["id"]: row for answer in answers for row in answer}
        return sorted(found.values(), key=lambda row: (row["device"], row["datetime"], row["id"]))

    def _call(self, operation: str, info: Any, what: str | None, client_info: ClientInfo | None) -> Any:
        return self._http.call(operation, what, dump_info(info))

    def _send_images(self, paths: Sequence[Path], client_info: ClientInfo | None) -> Any:
        return self._http.call("_put_new_images", None, _image_parts(paths))

    def _send_tuboid(self, tuboid: TuboidFiles, client_info: ClientInfo | None) -> Any:
        return self._http.call("_put_tiled_tuboids", None, _tuboid_parts(tuboid))


def _image_parts(paths: Sequence[Path]) -> MultipartBody:
    parts = []
    for path in paths:
        name = stored_name(path)
        with reading(path):
            md5 = file_md5(path)
        parts += [Part(name, path, name, "image/jpeg"), Part(f"{name}.md5", md5.encode())]
    return MultipartBody(parts)


def _tuboid_parts(tuboid: TuboidFiles) -> MultipartBody:
    parts = []
    for name, file in tuboid_paths(tuboid).items():
        parts.append(Part(name, file, file.name, "text/plain" if name == "metadata" else "image/jpeg"))
    for name, info in (("tuboid_id", tuboid["tuboid_id"]), ("series_info", tuboid["series_info"])):
        parts.append(Part(name, dump_info(info).encode(), name, "application/json"))
    return MultipartBody(parts)
