"""A season in the formats that others read: one call makes a folder, and a manifest says how to make it again.

Kinds: `camtrapdp` (Camera Trap Data Package 1.0.2), `dwca` (Darwin Core Archive with effort), `coco` (contours for
detectors), `parquet` and `csv` (the tables as they are).
"""

from pathlib import Path
from typing import Any

from ..core.errors import InvalidInput
from ..core.exports import KINDS, Query, check_kind
from ..core.formats import parse_datetime
from ..types import PathType
from .folder import Folder
from .manifest import Manifest, open_manifest
from .on_server import export_on_server
from .season import Operations, Season

__all__ = ["KINDS", "Manifest", "Query", "again", "export", "export_on_server", "open_manifest"]


def export(
    client: Operations,
    kind: str,
    directory: PathType,
    *,
    start: Any,
    end: Any,
    created: Any = None,
    progress: Any = None,
    **options: Any,
) -> Manifest:
    """Writes an export into a folder.

    Args:
        client: a client, or an API in the process of a server.
        kind: one of `KINDS`.
        directory: made if absent; it must be empty.
        start, end: images in start <= datetime < end, UTC, and tuboids that begin then.
        created: the moment that the export says it was made (UTC); None for now. The same moment, options and data give
            the same files, byte for byte.
        progress: called with (device, number of devices done, number of all devices).
        options: the fields of `Query`: `devices`, `project`, `algorithm`, `people`, `images`, `validation`, `latitude`,
            `longitude`, `title`, `licence`, `contributors`.

    Returns:
        The manifest, which is also `manifest.json` in the folder.

    Raises:
        InvalidInput: an option is wrong, the folder is not empty, or a format needs what the data do not tell.
    """
    check_kind(kind)
    query = Query.parse({"start": start, "end": end, **options})
    folder = Folder(Path(directory), None if created is None else parse_datetime(created))
    season = Season(client, query, progress or (lambda *_: None))
    _writer(kind)(season, folder)
    return folder.finish(kind, query, season.notes)


def again(client: Operations, manifest: PathType, directory: PathType) -> Manifest:
    """Makes an export again, with the query and the moment of its manifest.

    Raises:
        InvalidInput: what `open_manifest` and `export` raise.
    """
    before = open_manifest(manifest)
    return export(client, before.kind, directory, created=before.created, **before.query)


def _writer(kind: str) -> Any:
    try:
        if kind == "camtrapdp":
            from .camtrapdp import write
        elif kind == "dwca":
            from .dwca import write
        elif kind == "coco":
            from .coco import write
        else:
            from . import tables

            return tables.write_parquet if kind == "parquet" else tables.write_csv
    except ModuleNotFoundError as error:
        raise InvalidInput(f"{kind} takes {error.name}: pip install 'sticky-pi-api[exports]'") from error
    return write
