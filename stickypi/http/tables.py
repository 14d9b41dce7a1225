"""Resources as whole tables, streamed: Arrow IPC, CSV and lines of JSON, chosen by `Accept` or `?format=`."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from rest_framework.renderers import JSONRenderer

from sticky_pi_api.core.arrow import MOMENT
from stickypi.db.batches import Batches

_ISO = "%Y-%m-%dT%H:%M:%SZ"
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")
_QUOTED = csv.WriteOptions(quoting_style="needed")


class TableRenderer(JSONRenderer):
    """Streams record batches; what is no table, such as an error, is JSON."""

    charset = None

    def stream(self, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
        """The parts of the answer."""
        raise NotImplementedError


class ArrowRenderer(TableRenderer):
    """Apache Arrow's IPC stream, its buffers packed by LZ4."""

    media_type, format = "application/vnd.apache.arrow.stream", "arrow"

    def stream(self, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, schema, options=_COMPRESSED) as writer:
            for batch in batches:
                writer.write_batch(batch)
                yield _taken(sink)
        yield _taken(sink)


class CSVRenderer(TableRenderer):
    """Comma-separated values with a header, datetimes in ISO 8601, nulls empty."""

    media_type, format = "text/csv", "csv"

    def stream(self, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
        sink = io.BytesIO()
        moments = [index for index, field in enumerate(schema) if field.type == MOMENT]
        for index in moments:
            schema = schema.set(index, pa.field(schema.names[index], pa.string()))
        with csv.CSVWriter(sink, schema, write_options=_QUOTED) as writer:
            yield _taken(sink)
            for batch in batches:
                columns = [pc.strftime(each, _ISO) if each.type == MOMENT else each for each in batch.columns]
                writer.write_batch(pa.record_batch(columns, schema=schema))
                yield _taken(sink)


class NDJSONRenderer(TableRenderer):
    """A JSON object a line, datetimes in ISO 8601."""

    media_type, format = "application/x-ndjson", "ndjson"

    def stream(self, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
        options = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
        for batch in batches:
            yield b"".join(orjson.dumps(row, option=options) for row in _rows(batch))


TABLE_RENDERERS: Mapping[str, type[TableRenderer]] = {
    renderer.format: renderer for renderer in (ArrowRenderer, CSVRenderer, NDJSONRenderer)
}


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


def _taken(sink: io.BytesIO) -> bytes:
    """What was written since the last time."""
    part = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return part
