"""Exports that a server makes: asked for, waited for, downloaded."""

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ..bundle_files import disk_faults
from ..core.errors import InvalidInput, Unavailable
from ..types import PathType
from .folder import make_empty
from .manifest import Manifest, open_manifest


class Server(Protocol):
    """The methods of a client that `export_on_server` calls."""

    def run_job(self, kind: str, options: dict[str, Any], *, progress: Any = None) -> dict[str, Any]: ...
    def fetch(self, url: str, path: Any, *, md5: str | None = None, mtime: float | None = None) -> None: ...


def export_on_server(
    client: Server,
    kind: str,
    directory: PathType,
    *,
    progress: Callable[[str, int, int], Any] | None = None,
    **options: Any,
) -> Manifest:
    """Lets a server make an export, and unpacks it into a folder: with many images, quicker than to do it here.

    Args:
        client: a RemoteClient.
        kind, directory, progress, options: see `sticky_pi_api.exports.export`.

    Returns:
        The manifest, whose files have been compared with their md5s.

    Raises:
        InvalidInput: an option is wrong, the folder is not empty, or the server could not make the export.
    """
    folder = Path(directory).absolute()
    if not hasattr(client, "run_job"):
        raise InvalidInput("a folder has no server that makes exports: it takes a RemoteClient")
    make_empty(folder)
    job = client.run_job("export", {"kind": kind, **options}, progress=progress)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        packed = Path(temporary) / "export.zip"
        client.fetch(job["url"], packed)
        try:
            with disk_faults(folder), zipfile.ZipFile(packed) as archive:
                archive.extractall(folder)  # which keeps to the folder, whatever the names are
        except zipfile.BadZipFile as error:
            raise Unavailable(f"what the server has made is no zip file: {error}") from error
    manifest = open_manifest(folder)
    manifest.check()
    return manifest
