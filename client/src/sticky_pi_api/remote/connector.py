"""The operations of a server over HTTP."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..core.chunks import chunker
from ..core.errors import InvalidInput, Unavailable
from ..core.formats import shown
from ..core.wire import dump_info
from ..md5s import file_md5
from ..reading import reading, stored_name, tuboid_paths
from ..types import ClientInfo, InfoType, MetadataType, Token, TuboidFiles
from .http import Http
from .multipart import MultipartBody, Part
from .operations import RemoteOperations

_POLL = 1.0  # seconds
_PAGE = 1000  # rows of a resource
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

    @property
    def address(self) -> str:
        """Of the server: `https://host:port`."""
        return self._http.url

    def resources(self, name: str, **query: str) -> Iterator[dict[str, Any]]:
        """The rows of a REST resource, a page in memory; datetimes are ISO 8601.

        Args:
            name: `devices`, `tuboid-series`, ...: see `/api/docs/` of the server.
            query: filters, e.g. `device="5c%"`.

        Raises:
            Unavailable: the answer is not a page.
        """
        asked = {"page_size": str(_PAGE), **query}
        while True:
            page = self._http.get(f"/api/{name}/", asked)
            rows, following = (page.get(key) for key in ("results", "next")) if isinstance(page, dict) else (None, None)
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise Unavailable(f"the answer to /api/{name}/ is not a Sticky Pi server's: {shown(page)}")
            yield from rows
            if not following:
                return
            # Its query only: a server must not choose whom we ask with our token.
            asked = dict(parse_qsl(urlsplit(str(following)).query))

    def post_resource(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        """Stores a row of a REST resource, and returns it as it is stored."""
        stored: dict[str, Any] = self._http.post(f"/api/{name}/", dump_info(row))
        return stored

    def run_job(
        self, kind: str, options: dict[str, Any], *, progress: Callable[[str, int, int], Any] | None = None
    ) -> dict[str, Any]:
        """Asks the server for a job, and waits until it has ended.

        Args:
            kind: `export`, or what else `/api/docs/` says.
            options: of that kind.
            progress: called with (what it is at, number done, number of all), while it runs.

        Returns:
            The job; the result is at its `url`.

        Raises:
            InvalidInput: an option is wrong, or the job has failed, as it says.
        """
        job = self.post_resource("jobs", {"kind": kind, "options": options})
        while job["status"] in ("queued", "running"):
            if progress and job["n_total"]:
                progress(job["note"], job["n_done"], job["n_total"])
            time.sleep(_POLL)
            job = self._http.get(f"/api/jobs/{job['id']}/", {})
        if job["status"] != "done":
            raise InvalidInput(f"the job is {job['status']}" + (f": {job['error']}" if job["error"] else ""))
        return job

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
