"""A table: nothing is asked for before it is used."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..bundle_files import disk_faults
from ..types import MetadataType, PathType
from .downloads import download
from .query import ROWS, Query

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..base import BaseClient

_WITHOUT = "tables as {} take pandas and pyarrow: pip install 'sticky-pi-api[exports]'"


class Source(Protocol):
    """Where rows come from: a folder, or a server."""

    def count(self, query: Query) -> int:
        """The number of rows."""

    def rows(self, query: Query) -> Iterator[MetadataType]:
        """The rows, in lists, datetimes naive UTC."""

    def batches(self, query: Query) -> Iterator["pa.RecordBatch"]:
        """The rows as Arrow has them, datetimes UTC."""


@dataclass(frozen=True)
class Table:
    """Rows of a folder or a server. It can be used again and again: each time the rows are asked for anew.

    Iterating gives dictionaries, datetimes naive UTC, in bounded memory.
    """

    client: "BaseClient"
    query: Query

    @property
    def _source(self) -> Source:
        return self.client._tables

    def count(self) -> int:
        """How many rows there are."""
        return self._source.count(self.query)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for rows in self._source.rows(self.query):
            yield from rows

    def batches(self) -> Iterator["pa.RecordBatch"]:
        """The rows as Arrow record batches, in bounded memory."""
        _require("Arrow")
        return self._source.batches(self.query)

    def to_arrow(self) -> "pa.Table":
        """All rows, as an Arrow table; datetimes UTC."""
        pa = _require("Arrow")
        return pa.Table.from_batches(self.batches(), self._schema())

    def to_pandas(self) -> "pd.DataFrame":
        """All rows, as a DataFrame; datetimes naive UTC, as `sticky_pi_api.analysis` takes them."""
        pa, table = _require("pandas"), self.to_arrow()
        from ..core.arrow import MOMENT

        for index, field in enumerate(table.schema):
            if field.type == MOMENT:
                table = table.set_column(index, field.name, table.column(index).cast(pa.timestamp("s")))
        return table.to_pandas(self_destruct=True, split_blocks=True)

    def to_parquet(self, folder: PathType) -> Path:
        """Writes all rows into `<folder>/<name>.parquet`, in bounded memory, whole or not at all; returns its path."""
        _require("Parquet")
        import pyarrow.parquet as pq

        path = Path(folder) / f"{self.query.name}.parquet"
        partial = path.with_name(f"{path.name}.part")
        with disk_faults(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with pq.ParquetWriter(partial, self._schema(), compression="zstd") as writer:
                for batch in self.batches():
                    writer.write_batch(batch)
            partial.replace(path)
        return path

    def download(self, folder: PathType, what: str = "") -> int:
        """Downloads the files of the rows that are not in a folder yet, telling the progress on a terminal.

        Args:
            folder: made if absent. Images become `<folder>/<device>/<device>.<datetime>.jpg`, tuboids a folder each.
            what: of images `image` (default), `thumbnail` or `thumbnail-mini`; of tuboids always all three files.

        Returns:
            How many rows have had files downloaded.
        """
        return download(self, Path(folder), what)

    def _schema(self) -> "pa.Schema":
        from ..core.arrow import schema_of

        return schema_of(ROWS[self.query.name], self.query.columns)


@dataclass(frozen=True)
class Deployments(Table):
    """The deployments of a project, whose columns are its own. They are few: all are in memory at once."""

    project: int

    def count(self) -> int:
        return len(self._rows())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        yield from self._rows()

    def batches(self) -> Iterator["pa.RecordBatch"]:
        yield from self.to_arrow().to_batches()

    def to_arrow(self) -> "pa.Table":
        return _require("Arrow").Table.from_pylist(self._rows())

    def _rows(self) -> MetadataType:
        return self.client.get_project_series([{"project_id": self.project}])

    def _schema(self) -> "pa.Schema":
        return self.to_arrow().schema


def _require(what: str) -> Any:
    try:
        import pandas  # noqa: F401
        import pyarrow
    except ImportError as error:
        raise ImportError(_WITHOUT.format(what)) from error
    return pyarrow
