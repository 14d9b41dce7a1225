"""A folder or a server as a place to copy from and to: its client, and what no operation of the contract tells."""

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ..base import BaseClient
from ..client import LocalClient, RemoteClient
from ..core import info, layout
from ..core.bundles import is_bundle_name, parse_bundle_name
from ..core.errors import InvalidInput, NotFound, PermissionDenied
from ..core.formats import format_datetime, parse_datetime, parse_device
from ..core.like import matcher
from ..core.records import TUBOID_SERIES
from ..core.tuboids import parse_series_info
from ..local.tuboids import put_series, series_within
from ..md5s import file_md5
from ..types import MetadataType

_SPOOLED = 24 * 3600  # seconds for which a file without an md5 is good that a killed copy has left


class Asked(NamedTuple):
    """Which devices (a LIKE pattern), and the half-open range of datetimes."""

    device: str
    start: datetime
    end: datetime

    @property
    def info(self) -> list[dict[str, Any]]:
        """As the operations take it."""
        return [{"device": self.device, "start_datetime": self.start, "end_datetime": self.end}]


class Place(ABC):
    """What both kinds of places have."""

    client: BaseClient
    whats: tuple[str, ...]  # the renditions of an image that a copy to this place takes

    @abstractmethod
    def devices(self, pattern: str) -> list[tuple[str, datetime, datetime]]:
        """Devices with images, in order, each with the datetimes of its first and its last one."""

    @abstractmethod
    def tuboid_series(self, asked: Asked) -> Iterator[dict[str, Any]]:
        """Rows of all tuboid series within a range, ends included, also of those without tuboids; by device."""

    @abstractmethod
    def put_tuboid_series(self, rows: MetadataType) -> None:
        """Stores rows of tuboid series that are not there."""

    @abstractmethod
    def bundle_names(self) -> list[str]:
        """The names of all ML bundles."""

    @abstractmethod
    def local_file(self, url: str, key: str, spool: Path, md5: str | None, mtime: float | None = None) -> Path:
        """A file of this place on this machine: its own, or one fetched below `spool` under its storage key."""

    @abstractmethod
    def used(self, path: Path) -> None:
        """A file that `local_file` gave has arrived, and is no longer needed."""

    @abstractmethod
    def fetch(self, url: str, path: Path, md5: str | None) -> None:
        """Writes a file of this place to a path, whole or not at all."""


class FolderPlace(Place):
    """A folder."""

    whats = tuple(layout.IMAGE_SUFFIXES)

    def __init__(self, client: LocalClient) -> None:
        self.client: LocalClient = client
        self.store, self.files = client._store, client._files

    def __str__(self) -> str:
        return str(self.client.local_dir.resolve())

    def devices(self, pattern: str) -> list[tuple[str, datetime, datetime]]:
        matches = matcher(pattern)
        with self.store.reading() as rows:
            return [span for span in rows.device_spans() if matches(span[0])]

    def tuboid_series(self, asked: Asked) -> Iterator[dict[str, Any]]:
        with self.store.reading() as rows:
            found = series_within(rows, info.series(asked.info))
        yield from (dict(row) for row in sorted(found, key=lambda row: (row["device"], row["start_datetime"])))

    def put_tuboid_series(self, rows: MetadataType) -> None:
        put_series(self.store, [parse_series_info(series_info(row)) for row in rows])

    def bundle_names(self) -> list[str]:
        folder = self.files.path("ml")
        return sorted(path.name for path in folder.iterdir() if is_bundle_name(path.name)) if folder.is_dir() else []

    def local_file(self, url: str, key: str, spool: Path, md5: str | None, mtime: float | None = None) -> Path:
        path = Path(url)
        if not path.is_file():
            raise NotFound(f"{path} is not there")
        if md5 and "-" not in md5 and (found := file_md5(path)) != md5:
            raise InvalidInput(f"{path} is damaged: its md5 is {found}, that of its row {md5}")
        return path

    def used(self, path: Path) -> None:
        pass

    def fetch(self, url: str, path: Path, md5: str | None) -> None:
        if not Path(url).is_file():
            raise NotFound(f"{url} is not there")
        self.client.fetch(url, path, md5=md5)


class ServerPlace(Place):
    """A server."""

    whats = ("image",)  # it makes the thumbnails

    def __init__(self, client: RemoteClient) -> None:
        self.client: RemoteClient = client

    def __str__(self) -> str:
        return self.client.address

    def devices(self, pattern: str) -> list[tuple[str, datetime, datetime]]:
        rows = self.client.resources("devices", device=pattern)
        return [
            (parse_device(row["device"]), parse_datetime(row["first_datetime"]), parse_datetime(row["last_datetime"]))
            for row in rows
        ]

    def tuboid_series(self, asked: Asked) -> Iterator[dict[str, Any]]:
        span = {"start": format_datetime(asked.start), "end": format_datetime(asked.end)}
        for row in self.client.resources("tuboid-series", device=asked.device, **span):
            found = {column: row[column] for column in TUBOID_SERIES}
            moments = {name: parse_datetime(row[name]) for name in ("start_datetime", "end_datetime")}
            yield {**found, **moments}

    def put_tuboid_series(self, rows: MetadataType) -> None:
        for row in rows:
            self.client.post_resource("tuboid-series", series_info(row))

    def bundle_names(self) -> list[str]:
        return [parse_bundle_name(row["name"]) for row in self.client.resources("bundles")]

    def local_file(self, url: str, key: str, spool: Path, md5: str | None, mtime: float | None = None) -> Path:
        path = spool / key
        if not _is_fetched(path, md5):
            self._fetch(url, path, md5, mtime)
        return path

    def used(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def fetch(self, url: str, path: Path, md5: str | None) -> None:
        self._fetch(url, path, md5, None)

    def _fetch(self, url: str, path: Path, md5: str | None, mtime: float | None) -> None:
        try:
            self.client.fetch(url, path, md5=md5, mtime=mtime)
        except PermissionDenied as error:  # of this link: what a bucket says of a file that is not there
            raise NotFound(error.detail) from error


def place_of(client: BaseClient) -> Place:
    """The place that a client is of."""
    if isinstance(client, LocalClient):
        return FolderPlace(client)
    if isinstance(client, RemoteClient):
        return ServerPlace(client)
    raise InvalidInput(f"a place is a LocalClient or a RemoteClient, not {type(client).__name__}")


def series_info(row: dict[str, Any]) -> dict[str, Any]:
    """What identifies and describes a series, of its row."""
    names = ("device", "start_datetime", "end_datetime", "n_images", "n_tuboids", "algo_name", "algo_version")
    return {name: row[name] for name in names}


def spool_of(source: Place, target: Place) -> Path:
    """Where files wait that come from one server and go to another place: below the folder of the target's client."""
    name = hashlib.md5(str(source).encode(), usedforsecurity=False).hexdigest()[:16]
    return target.client.local_dir / "cache" / "copy" / name


def _is_fetched(path: Path, md5: str | None) -> bool:
    try:
        if md5 and "-" not in md5:
            return file_md5(path) == md5
        return not md5 and path.stat().st_mtime > time.time() - _SPOOLED
    except OSError:
        return False
