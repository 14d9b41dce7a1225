"""Tables of a server: Arrow streams of its REST resources; what knows none is asked for its operations."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import APIError, Unavailable
from ..core.records import is_datetime
from ..types import MetadataType
from .operations import OperationsSource
from .query import Query

if TYPE_CHECKING:
    import pyarrow as pa

    from ..remote.connector import RemoteAPIConnector

_ARROW = "application/vnd.apache.arrow.stream"
_ENDING = b"\xff\xff\xff\xff\0\0\0\0"  # pyarrow takes a stream without it for one with fewer rows
_UNKNOWN = (404, 406)  # what a server answers that has no such resource or form


class ServerSource:
    """Rows of a server."""

    def __init__(self, server: "RemoteAPIConnector") -> None:
        self._server = server
        self._operations = OperationsSource(server, self._devices)

    def _devices(self, pattern: str) -> list[str]:
        return [row["device"] for row in self._server.resources("devices", device=pattern)]

    def count(self, query: Query) -> int:
        """The number of rows."""
        try:
            answer = self._server._http.get(f"/api/{query.name}/count/", query.parameters)
        except APIError as error:
            if error.status not in _UNKNOWN:
                raise
            return self._operations.count(query)
        number = answer.get("count") if isinstance(answer, dict) else None
        if not isinstance(number, int):
            raise Unavailable(f"the answer to /api/{query.name}/count/ is not a Sticky Pi server's")
        return number

    def rows(self, query: Query) -> Iterator[MetadataType]:
        """The rows, in lists, datetimes naive UTC."""
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            yield from self._operations.rows(query)
            return
        for batch in self.batches(query):
            yield _naive(batch.to_pylist())

    def batches(self, query: Query) -> Iterator["pa.RecordBatch"]:
        """The rows as Arrow has them: they come into a file first, so that a connection that breaks is no matter."""
        import pyarrow as pa

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows"
            asked = {**query.parameters, "fields": ",".join(query.columns), "format": "arrow"}
            try:
                self._server._http.get_file(f"/api/{query.name}/", asked, _ARROW, path, _ENDING)
            except APIError as error:
                if error.status not in _UNKNOWN:
                    raise
                yield from self._operations.batches(query)
                return
            try:
                with pa.memory_map(str(path)) as opened, pa.ipc.open_stream(opened) as stream:
                    yield from stream
            except (pa.ArrowException, OSError) as error:
                raise Unavailable(f"the answer to /api/{query.name}/ is no Arrow stream: {error}") from error


def _naive(rows: MetadataType) -> MetadataType:
    moments = [column for column in (rows[0] if rows else ()) if is_datetime(column)]
    for row in rows:
        for column in moments:
            if row[column] is not None:
                row[column] = row[column].replace(tzinfo=None)
    return rows
