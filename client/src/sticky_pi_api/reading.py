"""Files on this machine: any, and the three of a tiled tuboid."""

from pathlib import Path
from typing import Any

from .core.errors import InvalidInput
from .core.formats import shown
from .core.layout import TUBOID_FILES
from .core.tuboids import ParsedTuboid, parse_tuboid
from .core.wire import plain_info
from .types import TuboidFiles


def tuboid_in(directory: Path, series_info: dict[str, Any]) -> TuboidFiles:
    """The tuboid in a folder that is named by its tuboid_id."""
    return {
        "tuboid_id": directory.absolute().name,
        "series_info": series_info,
        "metadata": directory / TUBOID_FILES["metadata"],
        "tuboid": directory / TUBOID_FILES["tuboid"],
        "context": directory / TUBOID_FILES["context"],
    }


def read_tuboid(files: TuboidFiles) -> ParsedTuboid:
    """A tuboid, checked. Raises InvalidInput."""
    contents = read_contents(files)
    return parse_tuboid(files["tuboid_id"], plain_info(files["series_info"]), contents)


def read_contents(files: TuboidFiles) -> dict[str, bytes]:
    """The whole files, by name. Raises InvalidInput where one is missing."""
    given: dict[str, Any] = dict(files)
    if missing := {"tuboid_id", "series_info", *TUBOID_FILES} - given.keys():
        raise InvalidInput(f"a tuboid takes {', '.join(sorted(missing))} too")
    return {name: read_file(Path(given[name])) for name in TUBOID_FILES}


def read_file(path: Path) -> bytes:
    """A whole file. Raises InvalidInput if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{shown(str(path))} cannot be read: {error.strerror}") from error
