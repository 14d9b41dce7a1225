"""The two EXIF fields that traps write, from a JPEG file."""

import io
import logging
from typing import Any

import exifread

HEAD = 1 << 17  # bytes: the block is in the first segments, at most 64 kB each
MOST_READS, MOST_BYTES = 20_000, 1 << 20  # a trap's block takes some 300, and 3 kB

logging.getLogger("exifread").setLevel(logging.CRITICAL)  # what it finds odd is told in `warnings`


class _BoundedReader(io.BytesIO):
    """The head of a file, for so many reads and bytes.

    A crafted block has no end where its directories hold each other, or a thousand fields where its texts lie over
    each other.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data[:HEAD])
        self._reads, self._bytes = MOST_READS, MOST_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._reads -= 1
        self._bytes -= len(data)
        if self._reads < 0 or self._bytes < 0:
            raise RuntimeError("the EXIF block has no end")
        return data


def read_exif(jpeg: bytes) -> tuple[str, bytes]:
    """`Make` and `UserComment`, empty where absent. Raises whatever a malformed block leads exifread to."""
    # With details=False it would skip UserComment.
    tags = exifread.process_file(_BoundedReader(jpeg), extract_thumbnail=False)
    return str(_values(tags, "Image Make") or "").strip("\0 "), _bytes(_values(tags, "EXIF UserComment"))


def _values(tags: dict[str, Any], name: str) -> Any:
    tag = tags.get(name)
    return tag.values if tag is not None else None


def _bytes(values: Any) -> bytes:
    return values.encode("latin-1") if isinstance(values, str) else bytes(values or b"")
