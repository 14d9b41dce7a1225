"""Files on this machine: any, images by their names, and the three of a tiled tuboid."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .core.errors import InvalidInput
from .core.formats import parse_image_name, shown
from .core.layout import TUBOID_FILES
from .core.tuboids import ParsedTuboid, parse_tuboid
from .core.wire import plain_info
from .types import PathType, TuboidFiles

IMAGE_SUFFIXES = (".jpg", ".jpeg")  # in any case


def paths_of(files: Iterable[PathType]) -> list[Path]:
    """The paths of a list. Raises InvalidInput for one path alone, which would be read letter by letter."""
    if isinstance(files, str | bytes | os.PathLike):
        raise InvalidInput(f"{shown(str(files))} is one path: it takes a list of paths")
    return [Path(file) for file in files]


def stored_name(path: Path) -> str:
    """The name under which an image is stored: `.JPG` and `.jpeg`, and devices in upper case, are other spellings."""
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return path.name
    device, dot, moment = path.stem.partition(".")
    canonical = f"{device.lower()}{dot}{moment}.jpg"
    try:
        parse_image_name(canonical)
    except InvalidInput:
        return path.name
    return canonical


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


def tuboid_paths(files: TuboidFiles) -> dict[str, Path]:
    """The paths of the three files, by name. Raises InvalidInput where something of a tuboid is not given."""
    given: dict[str, Any] = dict(files)
    if missing := {"tuboid_id", "series_info", *TUBOID_FILES} - given.keys():
        raise InvalidInput(f"a tuboid takes {', '.join(sorted(missing))} too")
    return {name: Path(given[name]) for name in TUBOID_FILES}


def read_contents(files: TuboidFiles) -> dict[str, bytes]:
    """The whole files, by name. Raises InvalidInput where one is missing."""
    return {name: read_file(path) for name, path in tuboid_paths(files).items()}


def read_file(path: Path) -> bytes:
    """A whole file. Raises InvalidInput if it cannot be read."""
    with reading(path):
        return path.read_bytes()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """A block that reads a file of the user: what hinders it is InvalidInput."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(f"{shown(str(path))} cannot be read: {error.strerror or error}") from error
