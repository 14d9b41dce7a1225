"""One image or tuboid that a worker holds."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..core.errors import Conflict
from ..core.formats import format_datetime, image_name
from ..core.work import IMAGES
from ..types import MetadataType

if TYPE_CHECKING:
    from ..base import BaseClient

logger = logging.getLogger(__name__)


class Item:
    """An image to annotate or a tuboid to label.

    As a context manager, an exception in its block is the reason of its failure, and the work goes on.

    Attributes:
        row: of the image, or of the tuboid with `device` and links to its files.
        is_settled: whether it is done, failed or lost.
    """

    def __init__(
        self,
        client: "BaseClient",
        row: dict[str, Any],
        *,
        of: tuple[str, str, str],
        token: str,
        folder: Path,
        fail: Callable[[int, str], None],
    ) -> None:
        self.row = row
        self.kind, self._name, self._version = of
        self.token = token
        self.is_settled = False
        self._client, self._folder, self._fail = client, folder, fail

    @property
    def id(self) -> int:
        """Of the image or tuboid."""
        return int(self.row["id"])

    @property
    def device(self) -> str:
        """That took it."""
        return str(self.row["device"])

    @property
    def datetime(self) -> datetime:
        """Of the image, or of the first shot of the tuboid; naive UTC."""
        moment: datetime = self.row["datetime" if self.kind == IMAGES else "start_datetime"]
        return moment

    @property
    def path(self) -> Path:
        """A file with the picture, named as the trap named it (of a tuboid: its tiles), until the next item."""
        if self.kind == IMAGES:
            target = self._folder / image_name(self.device, self.datetime)
            url, md5 = self.row["url"], self.row["md5"]
        else:
            target = self._folder / f"{self.row['tuboid_id']}.jpg"
            url, md5 = self.row["tuboid"], None
        if not target.exists():
            self._client.fetch(url, target, md5=md5)
        return target

    def done(self, result: Any) -> MetadataType:
        """Stores what was found, which ends the lease.

        Args:
            result: of an image its contours, each (n, 2) or (n, 1, 2), or objects with `contour`; of a tuboid a label,
                a dictionary with `label`, `pattern`, `type` and ranks.

        Raises:
            Conflict: the lease was lost, or another has done it.
        """
        by = {"algo_name": self._name, "algo_version": self._version, "lease": self.token}
        try:
            if self.kind == IMAGES:
                image = {"device": self.device, "datetime": format_datetime(self.datetime), "md5": self.row["md5"]}
                new: Any = {"metadata": {**image, **by}, "annotations": [_object(found) for found in result]}
                stored = self._client.put_uid_annotations([new])
            else:
                stored = self._client.put_itc_labels([{**result, "tuboid_id": self.row["tuboid_id"], **by}])
        except Conflict:
            self.is_settled = True
            raise
        self.is_settled = True
        return stored

    def fail(self, reason: str) -> None:
        """Says that it cannot be done: others try, and after three failures it is set aside."""
        self.is_settled = True
        self._fail(self.id, reason)

    def __str__(self) -> str:
        return f"{self.kind.removesuffix('s')} {self.id} ({self.device}, {self.datetime})"

    def __enter__(self) -> "Item":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        logger.warning("%s: %s", self, error)
        if not self.is_settled:
            self.fail(f"{type(error).__name__}: {error}")
        return True


def _object(found: Any) -> dict[str, Any]:
    if isinstance(found, dict):
        return {**found, "contour": _contour(found.get("contour"))}
    return {"contour": _contour(found)}


def _contour(points: Any) -> Any:
    """As the contract has it: n x 1 x 2 integers."""
    listed = points.tolist() if hasattr(points, "tolist") else points
    if not isinstance(listed, Iterable) or isinstance(listed, str):
        return listed
    return [_point(point) for point in listed]


def _point(point: Any) -> Any:
    listed = point.tolist() if hasattr(point, "tolist") else point
    if isinstance(listed, list | tuple) and len(listed) == 1:
        listed = listed[0]
    if not isinstance(listed, list | tuple):
        return listed
    return [[round(value) if isinstance(value, float) else value for value in listed]]
