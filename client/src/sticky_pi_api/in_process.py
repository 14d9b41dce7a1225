"""The operations of a server in this process: its own code, on its database and its files, without HTTP.

The client does not know the server's code. A server that is installed beside it names, as an entry point of the group
`sticky_pi_api.server`, a function that takes its environment and returns another, `call(operation, info, what,
client_info)`. That answers as the wire does, and raises the errors of `sticky_pi_api.core.errors`. `info` is plain, as
JSON has it; of `_put_new_images` it is (name, bytes) per file, of `_put_tiled_tuboids` a tuboid's `tuboid_id`,
`series_info` and `files`. `what` is canonical, None for the default.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from .configuration import RemoteAPIConf
from .core.errors import InvalidInput
from .core.formats import shown
from .core.wire import plain_info
from .reading import read_contents, read_file, stored_name
from .remote.operations import RemoteOperations
from .spec import BaseAPI
from .types import ClientInfo, Token, TuboidFiles

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
        if not isinstance(api_conf, RemoteAPIConf):
            raise InvalidInput(f"{shown(api_conf)}: a server's configuration is a RemoteAPIConf")
        self._server = _connect(api_conf.environment())

    def get_token(self, client_info: ClientInfo | None = None, info: object = None) -> Token:
        token: Token = self._act("get_token", None, None, client_info)
        return token

    def _call(self, operation: str, info: Any, what: str | None, client_info: ClientInfo | None) -> Any:
        return self._act(operation, plain_info(info), what, client_info)

    def _send_images(self, paths: Sequence[Path], client_info: ClientInfo | None) -> Any:
        contents = [(stored_name(path), read_file(path)) for path in paths]
        return self._act("_put_new_images", contents, None, client_info)

    def _send_tuboid(self, tuboid: TuboidFiles, client_info: ClientInfo | None) -> Any:
        files = read_contents(tuboid)
        info = {"tuboid_id": tuboid["tuboid_id"], "series_info": plain_info(tuboid["series_info"]), "files": files}
        return self._act("_put_tiled_tuboids", info, None, client_info)

    def _act(self, operation: str, info: Any, what: str | None, client_info: ClientInfo | None) -> Any:
        return self._server(operation, info, what, client_info)


def _connect(environment: dict[str, str]) -> Callable[..., Any]:
    found = list(entry_points(group=GROUP))
    if not found:
        raise ModuleNotFoundError(
            "RemoteAPI runs a server's own code in this process, and no Sticky Pi server is installed here: "
            "pip install -e <its checkout>. To ask a server over HTTP, use sticky_pi_api.client.RemoteClient"
        )
    call: Callable[..., Any] = found[0].load()(environment)
    return call
