"""Small functions that users of the clients need too."""

from datetime import datetime
from pathlib import Path
from typing import Any

from .core.bundles import PART_SIZE, multipart_md5
from .core.chunks import chunker
from .core.formats import format_datetime, parse_datetime
from .md5s import file_md5
from .types import PathType

__all__ = ["chunker", "datetime_to_string", "md5", "multipart_etag", "string_to_datetime"]


def string_to_datetime(value: str) -> datetime:
    """A naive UTC datetime from `YYYY-MM-DD_HH-MM-SS` or ISO 8601. Raises InvalidInput."""
    return parse_datetime(value)


def datetime_to_string(value: Any) -> str:
    """`YYYY-MM-DD_HH-MM-SS`, UTC, of a datetime (naive ones are UTC), a pandas timestamp, or either kind of string."""
    return format_datetime(parse_datetime(value))


def md5(file: PathType) -> str:
    """The md5 of a file, in hexadecimal."""
    return file_md5(Path(file))


def multipart_etag(file: PathType, chunk_size: int = PART_SIZE) -> str:
    """The md5 of a file as S3 gives it if it was uploaded in parts of `chunk_size` bytes; plain up to one part."""
    path = Path(file)
    with path.open("rb") as opened:
        return multipart_md5(opened, path.stat().st_size, chunk_size)
