"""The files of the rows of a table, with progress."""

from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from ..core.errors import InvalidInput
from ..core.formats import shown
from ..core.layout import IMAGE_SUFFIXES, TUBOID_FILES
from ..parallel import each

if TYPE_CHECKING:
    from .table import Table

_ROWS = 500
_Piece = tuple[int, int, int]  # rows, of these with files downloaded, bytes of these


def download(table: "Table", folder: Path, what: str) -> int:
    """See Table.download."""
    name = table.query.name
    if name == "images":
        if what not in ("", *IMAGE_SUFFIXES):
            raise InvalidInput(f"what={shown(what)}: images have {', '.join(IMAGE_SUFFIXES)}")
        return sum(_counted(table, _images(table, folder, what or "image"), folder))
    if name == "tuboids":
        if what:
            raise InvalidInput(f"what={shown(what)}: of tuboids all three files are downloaded")
        return sum(_counted(table, _tuboids(table, folder), folder))
    raise InvalidInput(f"{name} have no files: images and tuboids have")


def _counted(table: "Table", pieces: Iterator[_Piece], folder: Path) -> Iterator[int]:
    """How many rows of each piece had files downloaded, while a bar tells rows, rate, time left and bytes."""
    n_bytes = 0
    with tqdm(total=table.count(), unit="row", desc=f"Downloading to {folder}", disable=None) as bar:
        for n_rows, n_downloaded, size in pieces:
            n_bytes += size
            bar.set_postfix_str(f"{n_bytes / 1e6:.1f} MB")
            bar.update(n_rows)
            yield n_downloaded


def _images(table: "Table", folder: Path, what: str) -> Iterator[_Piece]:
    rows = iter(table)
    while chunk := list(islice(rows, _ROWS)):
        keys = [{"device": row["device"], "datetime": row["datetime"]} for row in chunk]
        done = table.client.download_images(table.client.get_images(keys, what), folder, what)
        suffix = IMAGE_SUFFIXES[what]
        sizes = (_size(folder / row["device"] / f"{row['device']}.{_stamp(row)}.jpg{suffix}") for row in done)
        yield len(chunk), len(done), sum(sizes)


def _tuboids(table: "Table", folder: Path) -> Iterator[_Piece]:
    """Rows come series by series."""
    client = table.client
    for (device, start, end), group in groupby(table, lambda row: _series(row)):
        rows = list(group)
        wanted = {row["tuboid_id"] for row in rows}
        series = [{"device": device, "start_datetime": start, "end_datetime": end}]
        found = [row for row in client.get_tiled_tuboid_series(series, what="data") if row["tuboid_id"] in wanted]
        files = [
            (row[name], path)
            for row in found
            for name, file in TUBOID_FILES.items()
            if not (path := folder / row["tuboid_id"] / file).exists()
        ]
        each(lambda pair: client.fetch(*pair), files, n_threads=client.n_threads, title="Downloading")
        yield len(rows), len({path.parent for _, path in files}), sum(_size(path) for _, path in files)


def _series(row: dict[str, Any]) -> tuple[Any, Any, Any]:
    return row["device_series"], row["start_datetime_series"], row["end_datetime_series"]


def _stamp(row: Any) -> str:
    return f"{row['datetime']:%Y-%m-%d_%H-%M-%S}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
