"""The operations on a server, a line each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from ..core.chunks import chunker
from ..core.errors import InvalidInput
from ..core.formats import shown
from ..core.layout import check_what
from ..core.operations import OPERATIONS
from ..core.records import from_wire
from ..core.uploads import upload_keys
from ..core.wire import dump_info
from ..md5s import file_md5
from ..spec import BaseAPISpec
from ..types import AnnotType, InfoType, MetadataType, PathType, Token, TuboidFiles
from .http import Http
from .multipart import MultipartBody, Part

_CHUNK = 2000  # elements of `info` in one request of a read
_BY_IMAGE, _BY_TUBOID = ("device", "datetime", "id"), ("tuboid_id", "id")


class RemoteAPIConnector(BaseAPISpec):
    """A server's operations.

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
        self._http = Http(f"{protocol}://{host}:{port}", username, password, n_threads)
        self._n_threads = n_threads

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def get_token(self) -> Token:
        """See BaseAPISpec."""
        return self._http.get_token()

    def get_users(self, info: InfoType | None = None) -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("get_users", info)

    def put_users(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("put_users", info)

    def _put_new_images(self, files: Sequence[PathType]) -> MetadataType:
        paths = [Path(file) for file in files]
        upload_keys([path.name for path in paths])  # a body has no order among parts of the same name
        return from_wire(self._http.call("_put_new_images", None, _image_parts(paths))) if paths else []

    def get_images(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return self._ask_in_chunks("get_images", info, what, _BY_IMAGE)

    def get_image_series(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("get_image_series", info, what)

    def delete_images(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("delete_images", info)

    def put_uid_annotations(self, info: AnnotType) -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("put_uid_annotations", info)

    def get_uid_annotations(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("get_uid_annotations", info, what)

    def get_uid_annotations_series(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("get_uid_annotations_series", info, what)

    def _put_tiled_tuboids(self, files: Sequence[TuboidFiles]) -> MetadataType:
        return [row for tuboid in files for row in self._put_tiled_tuboid(tuboid)]

    def _put_tiled_tuboid(self, tuboid: TuboidFiles) -> MetadataType:
        return from_wire(self._http.call("_put_tiled_tuboids", None, _tuboid_parts(tuboid)))

    def get_tiled_tuboid_series(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("get_tiled_tuboid_series", info, what)

    def delete_tiled_tuboids(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("delete_tiled_tuboids", info)

    def put_itc_labels(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return self._ask("put_itc_labels", info)

    def _get_itc_labels(self, info: InfoType) -> MetadataType:
        return self._ask("_get_itc_labels", info)

    def _get_ml_bundle_file_list(self, info: str, what: str = "all") -> list[dict[str, Any]]:
        return self._ask("_get_ml_bundle_file_list", info, what)

    def _get_ml_bundle_upload_links(self, info: InfoType) -> list[dict[str, Any]]:
        return self._ask("_get_ml_bundle_upload_links", info)

    def _ask(self, operation: str, info: Any, what: str | None = None) -> MetadataType:
        canonical = check_what(what, OPERATIONS[operation].whats) if what is not None else None
        return from_wire(self._http.call(operation, canonical, dump_info(info)))

    def _ask_in_chunks(self, operation: str, info: InfoType, what: str | None, order: tuple[str, ...]) -> MetadataType:
        """A read whose elements are independent of each other, so that a list may be of any length."""
        if not isinstance(info, list | tuple) or len(info) <= _CHUNK:
            return self._ask(operation, info, what)
        found = {row["id"]: row for chunk in chunker(info, _CHUNK) for row in self._ask(operation, chunk, what)}
        return sorted(found.values(), key=lambda row: [row[column] for column in order])


def _image_parts(paths: Sequence[Path]) -> MultipartBody:
    parts = []
    for path in paths:
        parts.append(Part(path.name, _readable(path), path.name, "image/jpeg"))
        parts.append(Part(f"{path.name}.md5", file_md5(path).encode()))
    return MultipartBody(parts)


def _tuboid_parts(tuboid: TuboidFiles) -> MultipartBody:
    parts = []
    for name, content_type in {"metadata": "text/plain", "tuboid": "image/jpeg", "context": "image/jpeg"}.items():
        path = _readable(Path(tuboid[name]))  # type: ignore[literal-required]
        parts.append(Part(name, path, path.name, content_type))
    for name in ("tuboid_id", "series_info"):
        content = dump_info(tuboid[name]).encode()  # type: ignore[literal-required]
        parts.append(Part(name, content, name, "application/json"))
    return MultipartBody(parts)


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise InvalidInput(f"{shown(str(path))} cannot be read: there is no such file")
    return path
