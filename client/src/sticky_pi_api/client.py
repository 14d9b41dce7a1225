"""The clients, same methods, same answers: of a folder, of a server, and of a server in this process."""

from functools import partial
from pathlib import Path
from typing import Any

from .base import BaseClient
from .bundle_files import copy_whole
from .configuration import LocalAPIConf, RemoteAPIConf
from .core.errors import APIError as RemoteAPIException
from .core.errors import InvalidInput
from .core.like import matcher
from .core.work import EVER
from .in_process import RemoteAPI
from .local.work import LocalWork
from .remote import transfer
from .remote.connector import RemoteAPIConnector
from .remote.http import Http
from .specifications import LocalAPI
from .tables.operations import OperationsSource
from .tables.server import ServerSource
from .tables.table import Source
from .types import ClientInfo, PathType
from .work.server import ServerWork
from .work.source import WorkSource

__all__ = ["BaseClient", "InProcessClient", "LocalClient", "RemoteAPIConnector", "RemoteAPIException", "RemoteClient"]


class LocalClient(LocalAPI, BaseClient):
    """Everything in a folder: `database.db` and the files.

    Several threads and processes may use one folder at once. It needs no user: all operations are allowed, unless a
    call says with `client_info` who acts.

    Args:
        local_dir: made if absent; a folder of the existing tool is upgraded in place, after a backup copy of its
            database.
        n_threads: how many files are worked on at once.
        skip_on_error: see BaseClient.
        args, kwargs: see BaseAPI.
    """

    def __init__(
        self, local_dir: PathType, n_threads: int = 8, *args: Any, skip_on_error: bool = False, **kwargs: Any
    ) -> None:
        BaseClient.__init__(self, local_dir, n_threads, skip_on_error)
        LocalAPI.__init__(self, LocalAPIConf(local_dir), *args, n_threads=n_threads, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process opens the same folder."""
        return partial(type(self), skip_on_error=self.skip_on_error), (self.local_dir, self.n_threads)

    @property
    def _tables(self) -> Source:
        return OperationsSource(self, self._devices)

    @property
    def _work(self) -> WorkSource:
        return LocalWork(self._store, self._files)

    def _devices(self, pattern: str) -> list[str]:
        with self._store.reading() as rows:
            return [device for device in rows.devices() if matcher(pattern)(device)]

    def _put_ml_bundle_file(self, path: Path, url: str) -> None:
        copy_whole(path, Path(url))

    def _transfer(self, url: str, partial: Path) -> None:
        copy_whole(Path(url), partial)


class RemoteClient(RemoteAPIConnector, BaseClient):
    """A server. Who acts says the user name; `client_info` is ignored.

    Args:
        local_dir: a folder for what the client keeps, md5s of files already seen; made if absent.
        host: name or address of the server.
        username, password: of a user of that server.
        protocol: `https` or `http`.
        port: of the server.
        n_threads: how many files are transferred at once.
        skip_on_error: see BaseClient.
    """

    def __init__(
        self,
        local_dir: PathType,
        host: str,
        username: str,
        password: str,
        protocol: str = "https",
        port: int = 443,
        n_threads: int = 8,
        skip_on_error: bool = False,
    ) -> None:
        BaseClient.__init__(self, local_dir, n_threads, skip_on_error)
        RemoteAPIConnector.__init__(self, host, username, password, protocol, port, n_threads)
        self._arguments = (host, username, password, protocol, port)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process signs in anew: what is pickled has the password."""
        return type(self), (self.local_dir, *self._arguments, self.n_threads, self.skip_on_error)

    @property
    def _tables(self) -> Source:
        return ServerSource(self)

    @property
    def _work(self) -> WorkSource:
        return ServerWork(self._http)

    def _put_ml_bundle_file(self, path: Path, url: dict[str, Any]) -> None:
        transfer.upload(self._http, path, url)

    def _transfer(self, url: str, partial: Path) -> None:
        transfer.download(self._http, url, partial)


class InProcessClient(RemoteAPI, BaseClient):
    """The server that is installed here, without HTTP: for scripts and jobs beside it. See RemoteAPI.

    Args:
        local_dir: a folder for what the client keeps, as that of RemoteClient.
        api_conf: see RemoteAPI; None for that of this process's environment.
        n_threads: how many files are transferred at once.
        skip_on_error: see BaseClient.
        client_info: who acts where a call does not say; None may do all.
    """

    def __init__(
        self,
        local_dir: PathType,
        api_conf: RemoteAPIConf | None = None,
        n_threads: int = 8,
        skip_on_error: bool = False,
        *,
        client_info: ClientInfo | None = None,
    ) -> None:
        BaseClient.__init__(self, local_dir, n_threads, skip_on_error)
        RemoteAPI.__init__(self, api_conf or RemoteAPIConf())
        self._client_info = client_info
        self._http = Http("", "", "", n_threads)

    def close(self) -> None:
        self._http.close()

    def _act(self, operation: str, info: Any, what: str | None, client_info: ClientInfo | None) -> Any:
        return super()._act(operation, info, what, self._client_info if client_info is None else client_info)

    @property
    def _tables(self) -> Source:
        return OperationsSource(self, self._devices)

    @property
    def _work(self) -> WorkSource:
        raise InvalidInput("leases are a server's over HTTP, or a folder's: use a RemoteClient")

    def _devices(self, pattern: str) -> list[str]:
        start, end = EVER
        rows = self.get_image_series([{"device": pattern, "start_datetime": start, "end_datetime": end}])
        return sorted({row["device"] for row in rows})

    def _put_ml_bundle_file(self, path: Path, url: Any) -> None:
        copy_whole(path, Path(url)) if isinstance(url, str) else transfer.upload(self._http, path, url)

    def _transfer(self, url: str, partial: Path) -> None:
        transfer.download(self._http, url, partial) if "://" in url else copy_whole(Path(url), partial)
