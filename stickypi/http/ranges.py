"""Ranges of files, to resume interrupted downloads (RFC 9110, section 14; a single range)."""

import re
from typing import Any, BinaryIO

from sticky_pi_api.core.errors import InvalidInput

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class RangeNotSatisfiable(InvalidInput):
    status, code = 416, "bad_range"


class FilePart:
    """The bytes `start` to `stop` (exclusive) of an open file, as a file."""

    def __init__(self, file: BinaryIO | Any, start: int, stop: int) -> None:
        self._file = file
        self._left = stop - start
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and stop (exclusive) of the range that a `Range` header requests of a file of `size` bytes.

    None stands for the whole file: without a header, and with one of another unit or of several ranges.

    Raises:
        RangeNotSatisfiable: the range is beyond the end of the file.
    """
    match = _RANGE.fullmatch(header or "")
    if not match or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size:
        raise RangeNotSatisfiable(f"{header}: the file has {size} bytes")
    return start, stop
