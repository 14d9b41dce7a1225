"""Downloads of images that are not in a folder yet, or not whole."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.errors import APIError, InvalidInput
from ..core.formats import image_name, parse_datetime, parse_device
from ..core.jpeg import read_header
from ..core.layout import IMAGE_SUFFIXES, check_what
from ..md5s import Md5Cache
from ..parallel import each
from ..reading import read_file
from ..types import MetadataType, PathType
from .failures import sorted_out, tell_failures

logger = logging.getLogger(__name__)


def download_images(
    fetch: Callable[[str, Path, str | None], None],
    rows: MetadataType,
    folder: PathType,
    md5s: Md5Cache,
    *,
    what: str,
    n_threads: int,
    skip_on_error: bool,
) -> MetadataType:
    """See BaseClient; `fetch` takes a url, a path, and the md5 where it is known."""
    suffix = IMAGE_SUFFIXES[check_what(what, tuple(IMAGE_SUFFIXES))]
    _check_urls(rows, what, suffix)
    paths = [_path(Path(folder), row, suffix) for row in rows]
    there = [path for path in paths if path.exists()]
    whole = _whole(there, {} if suffix else _expected(rows, paths), md5s)
    for path in there:
        if path not in whole:
            logger.warning("%s is not whole, or another file: downloaded again", path)
    wanted = [index for index, path in enumerate(paths) if path not in whole]

    def download(index: int) -> MetadataType:
        row = rows[index]
        fetch(row["url"], paths[index], None if suffix else row.get("md5"))
        return [row]

    results: list[MetadataType | APIError] = each(download, wanted, n_threads=n_threads, title="Downloading")
    done, failures = sorted_out(wanted, results)
    tell_failures(failures, paths, done, skip_on_error=skip_on_error)
    return done


def _check_urls(rows: MetadataType, what: str, suffix: str) -> None:
    """Raises InvalidInput for rows whose url leads to another rendition, or nowhere."""
    for index, row in enumerate(rows):
        url = str(row.get("url", "")).partition("?")[0]
        if not url or not url.endswith(f".jpg{suffix}"):
            found = "leads to another rendition" if url else "is empty"
            raise InvalidInput(f"rows[{index}]: its url {found}: ask for the rows with what={what!r}")


def _path(folder: Path, row: dict[str, object], suffix: str) -> Path:
    # Of parsed values: a server must not choose where we write.
    device, moment = parse_device(row["device"]), parse_datetime(row["datetime"])
    return folder / device / f"{image_name(device, moment)}{suffix}"


def _expected(rows: MetadataType, paths: Sequence[Path]) -> dict[Path, str]:
    return {path: row["md5"] for path, row in zip(paths, rows, strict=True) if row.get("md5")}


def _whole(paths: Sequence[Path], expected: dict[Path, str], md5s: Md5Cache) -> set[Path]:
    """Those files that have the md5 that is expected; where none is, as of thumbnails, that are JPEGs to their end."""
    found = md5s.md5s(path for path in paths if path in expected)
    return {path for path in paths if (found.get(path) == expected[path] if path in expected else _is_jpeg(path))}


def _is_jpeg(path: Path) -> bool:
    try:
        read_header(path.name, read_file(path))
    except InvalidInput:
        return False
    return True
