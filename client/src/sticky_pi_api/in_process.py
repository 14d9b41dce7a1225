"""The operations of a server in this process: its own code, on its database and its files, without HTTP.

The client does not know the server's code. A server that is installed beside it names, as an entry point of the group
`sticky_pi_api.server`, a function that takes its environment and returns an object with these methods:

    call(operation, info, what, client_info)    info as plain JSON has it; `what` canonical, None for the default
    put_images(files, client_info)              (name, bytes) per file
    put_tuboid(tuboid_id, series_info, files, client_info)    files: metadata, tuboid, context -> bytes

which answer as the wire does, and raise the errors of `sticky_pi_api.core.errors`.
"""

from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from .configuration import RemoteAPIConf
from .core.wire import plain_info
from .reading import read_contents, read_file
from .remote.operations import RemoteOperations
from .spec import BaseAPI
from .types import ClientInfo, MetadataType, Token, TuboidFiles

GROUP = "sticky_pi_api.server"


class RemoteAPI(RemoteOperations, BaseAPI):
    """The operations of a server in this process, for scripts on the server: its database and its files, no HTTP.

    Without `client_info` all is allowed; with it, what the user of that name may do, and new rows are in their name. A
    `url` is the path of a file where the server has its files on disk, else a link into its bucket. A process has one
    configuration until it ends.

    Args:
        api_conf: the environment of the server: `RemoteAPIConf()` in that environment.
        args, kwargs: see BaseAPI.

    Raises:
        ModuleNotFoundError: no server is installed here.
        InvalidInput: the configuration is not one that a server starts with, or this process already has another.
    """

    def __init__(self, api_conf: RemoteAPIConf, *args: Any, **kwargs: Any) -> None:
        super().__init__(api_conf, *args, **kwargs)
        self._server = _installed_server()(api_conf.environment())

    def get_token(self, client_info: ClientInfo | None = None, info: object = None) -> Token:
        return self._server.call("get_token", None, None, client_info)

    def _call(self, operation: str, info: Any, what: str | None, client_info: ClientInfo | None) -> MetadataType:
        return self._server.call(operation, plain_info(info), what, client_info)

    def _send_images(self, paths: Sequence[Path], client_info: ClientInfo | None) -> MetadataType:
        return self._server.put_images([(path.name, read_file(path)) for path in paths], client_info)

    def _send_tuboid(self, tuboid: TuboidFiles, client_info: ClientInfo | None) -> MetadataType:
        contents = read_contents(tuboid)
        return self._server.put_tuboid(tuboid["tuboid_id"], plain_info(tuboid["series_info"]), contents, client_info)


def _installed_server() -> Any:
    found = list(entry_points(group=GROUP))
    if not found:
        raise ModuleNotFoundError(
            "RemoteAPI runs a server's own code in this process, and no Sticky Pi server is installed here: "
            "pip install -e <its checkout>. To ask a server over HTTP, use sticky_pi_api.client.RemoteClient"
        )
    return found[0].load()
