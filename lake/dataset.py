"""The folder of the lake, on disk or in a bucket: Parquet files, and `lake.json`, which says which of them count."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from pyarrow import fs

from lake.queries import Month, Table
from sticky_pi_api.core.errors import Unavailable
from stickypi.db.batches import Batches

MANIFEST = "lake.json"
_FORMAT = 1
_ROWS_PER_GROUP, _ROWS_PER_FILE = 100_000, 2_000_000


class Dataset:
    """Files of a lake. A file never changes: a month that changes gets new ones."""

    def __init__(self, filesystem: fs.FileSystem, root: str) -> None:
        self._fs, self._root = filesystem, root

    @classmethod
    def configured(cls, folder: Path | None = None) -> "Dataset":
        """That of a folder, or `lake/` where the server keeps its files."""
        storage: Any = settings.STORAGES["default"]
        options = cast(dict[str, Any], storage["OPTIONS"])
        if folder is None and "bucket_name" in options:
            scheme, _, host = options["endpoint_url"].partition("://")
            # Ceph and others know no checksums in chunks, and pyarrow has no option for it.
            os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
            store = fs.S3FileSystem(
                access_key=options["access_key"],
                secret_key=options["secret_key"],
                endpoint_override=host.rstrip("/"),
                scheme=scheme,
                region=options["region_name"] or "us-east-1",
                connect_timeout=5,
                request_timeout=60,
            )
            return cls(store, f"{options['bucket_name']}/lake")
        return cls(fs.LocalFileSystem(), str(folder or Path(options["location"]) / "lake"))

    def read_manifest(self) -> dict[str, Any]:
        """What the last run has committed; an empty lake where there was none."""
        with _faults():
            path = f"{self._root}/{MANIFEST}"
            if self._fs.get_file_info(path).type == fs.FileType.NotFound:
                return {"format": _FORMAT, "commit": 0, "tables": {}, "replaced": {}}
            with self._fs.open_input_stream(path) as file:
                return dict(json.loads(file.read()))

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Commits: from now on readers see what it says, as a whole."""
        with _faults():
            on_disk = isinstance(self._fs, fs.LocalFileSystem)
            path = f"{self._root}/{MANIFEST}"
            written = f"{self._root}/.{MANIFEST}" if on_disk else path  # an object appears whole, a file does not
            if on_disk:
                self._fs.create_dir(self._root)
            with self._fs.open_output_stream(written) as file:
                file.write(json.dumps(manifest, indent=1).encode())
            if on_disk:
                self._fs.move(written, path)

    def write(self, table: Table, month: Month, batches: Batches) -> list[dict[str, Any]]:
        """Writes the rows of a month into new files. Returns `path` and `rows` of each."""
        folder = f"{table.name}/year={month[0]}/month={month[1]:02d}"
        run, writer = secrets.token_hex(6), _Writer()
        files: list[dict[str, Any]] = []
        with _faults():
            for rows in _grouped(table.schema, batches):
                if writer.n_rows == 0:
                    files.append({"path": f"{folder}/{run}-{len(files):04d}.parquet", "rows": 0})
                    if isinstance(self._fs, fs.LocalFileSystem):
                        self._fs.create_dir(f"{self._root}/{folder}")
                    writer.open(self._fs, f"{self._root}/{files[-1]['path']}", table.schema)
                writer.write(rows)
                files[-1]["rows"] = writer.n_rows
                if writer.n_rows >= _ROWS_PER_FILE:
                    writer.close()
            writer.close()
        return files

    def files(self) -> dict[str, float]:
        """All Parquet files that are there, with their times of change in unix seconds."""
        with _faults():
            found = self._fs.get_file_info(fs.FileSelector(self._root, recursive=True, allow_not_found=True))
            return {
                info.path[len(self._root) + 1 :]: info.mtime.timestamp()
                for info in found
                if info.is_file and info.path.endswith(".parquet")
            }

    def remove(self, path: str) -> None:
        """Removes a file."""
        with _faults():
            self._fs.delete_file(f"{self._root}/{path}")


class _Writer:
    """The Parquet file that is being written."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._file: Any = None

    def open(self, filesystem: fs.FileSystem, path: str, schema: pa.Schema) -> None:
        self._file = pq.ParquetWriter(path, schema, filesystem=filesystem, compression="zstd")

    def write(self, rows: pa.Table) -> None:
        self._file.write_table(rows)
        self.n_rows += rows.num_rows

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self.n_rows = None, 0


def _grouped(schema: pa.Schema, batches: Batches) -> Iterator[pa.Table]:
    """Small batches as row groups."""
    pending: list[pa.RecordBatch] = []
    for batch in batches:
        pending.append(batch)
        if sum(each.num_rows for each in pending) >= _ROWS_PER_GROUP:
            yield pa.Table.from_batches(pending, schema)
            pending = []
    if pending:
        yield pa.Table.from_batches(pending, schema)


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the lake cannot be read or written ({type(error).__name__}): {error}") from error
