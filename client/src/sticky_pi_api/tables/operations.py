"""Tables of anything that has the operations: a folder, a server beside this process, or one that knows no tables."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..core.chunks import chunker
from ..core.work import EVER
from ..types import MetadataType
from .query import ROWS, Query

if TYPE_CHECKING:
    import pyarrow as pa

    from ..spec import BaseAPISpec

_LABELS = 5000


class OperationsSource:
    """Asks device by device, so that the rows of one are in memory.

    Args:
        operations: a client.
        devices: those that have images, of a pattern.
    """

    def __init__(self, operations: "BaseAPISpec", devices: Callable[[str], Sequence[str]]) -> None:
        self._operations, self._devices = operations, devices

    def count(self, query: Query) -> int:
        """The number of rows."""
        return sum(len(rows) for rows in self.rows(query))

    def rows(self, query: Query) -> Iterator[MetadataType]:
        """The rows, in lists, datetimes naive UTC."""
        found: Iterator[MetadataType] = getattr(self, f"_{query.name}")(query)
        for rows in found:
            kept = [row for row in rows if _is_by(row, query)]
            if kept:
                yield [{column: row[column] for column in query.columns} for row in kept]

    def batches(self, query: Query) -> Iterator["pa.RecordBatch"]:
        """The rows as Arrow has them."""
        import pyarrow as pa

        from ..core.arrow import schema_of

        schema = schema_of(ROWS[query.name], query.columns)
        for rows in self.rows(query):
            yield pa.RecordBatch.from_pylist(rows, schema)

    def _images(self, query: Query) -> Iterator[MetadataType]:
        for device in self._devices(query.device):
            yield self._operations.get_image_series(_series(device, query.start, query.end))

    def _annotations(self, query: Query) -> Iterator[MetadataType]:
        what = "data" if "json" in query.columns else "metadata"
        for device in self._devices(query.device):
            series = _series(device, query.start, query.end)
            moments = {row["id"]: row["datetime"] for row in self._operations.get_image_series(series)}
            rows = self._operations.get_uid_annotations_series(series, what)
            # An image may have come between the two.
            known = [row for row in rows if row["parent_image_id"] in moments]
            yield [{**row, "device": device, "datetime": moments[row["parent_image_id"]]} for row in known]

    def _tuboids(self, query: Query) -> Iterator[MetadataType]:
        rows = self._operations.get_tiled_tuboid_series(_series(query.device, *EVER))
        yield [row for row in rows if query.start <= row["start_datetime"] < query.end]

    def _labels(self, query: Query) -> Iterator[MetadataType]:
        for tuboids in self._tuboids(query):
            for some in chunker(tuboids, _LABELS):
                of_tuboid = {row["id"]: row for row in some}
                labels = self._operations._get_itc_labels([{"tuboid_id": row["tuboid_id"]} for row in some])
                yield [{**label, **_of_tuboid(of_tuboid[label["parent_tuboid_id"]])} for label in labels]


def _series(device: str, start: Any, end: Any) -> list[dict[str, Any]]:
    return [{"device": device, "start_datetime": start, "end_datetime": end}]


def _of_tuboid(row: dict[str, Any]) -> dict[str, Any]:
    return {"tuboid_id": row["tuboid_id"], "device": row["device_series"], "start_datetime": row["start_datetime"]}


def _is_by(row: dict[str, Any], query: Query) -> bool:
    name, version = (row.get(f"{column}_series", row.get(column)) for column in ("algo_name", "algo_version"))
    return query.algo_name in (None, name) and query.algo_version in (None, version)
