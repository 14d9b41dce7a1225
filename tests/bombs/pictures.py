"""JPEG files that are small to send and dear to decode, or try to be."""

import io
import struct
from collections.abc import Iterable

from PIL import Image

_SCAN, _FRAME, _END = b"\xff\xda", b"\xff\xc0", b"\xff\xd9"
_UNDEFINED, _ASCII, _LONG = 7, 2, 4
_MAKE, _EXIF_IFD, _USER_COMMENT, _MAKER_NOTE = 0x010F, 0x8769, 0x9286, 0x927C


def plain(width: int = 64, height: int = 48, mode: str = "RGB", **options: object) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def with_scans(number: int, width: int = 6000, height: int = 6000) -> bytes:
    """A progressive picture whose last scan comes again so many times."""
    jpeg = plain(width, height, progressive=True)
    return jpeg[:-2] + jpeg[jpeg.rindex(_SCAN) : -2] * number + _END


def with_header_size(width: int, height: int) -> bytes:
    """A small picture whose header says another size."""
    jpeg = plain()
    frame = jpeg.index(_FRAME) + 5
    return jpeg[:frame] + struct.pack(">HH", height, width) + jpeg[frame + 4 :]


def with_frames(number: int) -> bytes:
    """A picture whose frame header comes so many times."""
    jpeg = plain()
    frame, scan = jpeg.index(_FRAME), jpeg.index(_SCAN)
    header = jpeg[frame : frame + 2 + int.from_bytes(jpeg[frame + 2 : frame + 4])]
    return jpeg[:frame] + header * number + jpeg[frame + len(header) : scan] + jpeg[scan:]


def with_segments(segment: bytes, total: int) -> bytes:
    """A picture before whose frame this comes again and again, for so many bytes."""
    jpeg = plain()
    return jpeg[:2] + segment * (total // len(segment)) + jpeg[2:]


def in_scan(filling: bytes, total: int) -> bytes:
    """A picture whose scan is filled with this."""
    jpeg = plain(6000, 6000)
    return jpeg[:-2] + filling * (total // len(filling)) + _END


def with_exif(entries: Iterable[tuple[int, int, int, int]], beside: bytes = b"") -> bytes:
    """A picture with an EXIF block of one directory: (tag, type, count, value) each, and bytes after it."""
    packed = [struct.pack(">HHII", *entry) for entry in entries]
    block = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(packed)) + b"".join(packed) + bytes(4) + beside
    return plain().replace(b"\xff\xd8", b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block, 1)


def with_make(make: str) -> bytes:
    """A picture of a trap of the first generation that says this of itself."""
    exif = Image.Exif()
    exif[_MAKE] = make
    return plain(exif=exif)


EXIF_BOMBS = {
    "a directory that holds itself": lambda: with_exif([(_EXIF_IFD, _LONG, 1, 8)] * 5000),
    "2,000 texts of 40 kB": lambda: with_exif(
        [(0x9000 + n, _ASCII, 40_000, 24_014) for n in range(2000)], beside=b"\xff" * 41_000
    ),
    "a comment of 4 GB": lambda: with_exif([(_USER_COMMENT, _UNDEFINED, 2**32 - 1, 0)] * 5000),
    "a maker's note of 4 GB": lambda: with_exif([(_MAKER_NOTE, _UNDEFINED, 2**32 - 1, 0)] * 5000),
    "900 numbers, 5,000 times": lambda: with_exif([(0x9000 + n, _LONG, 900, 8) for n in range(5000)]),
    "nested brackets": lambda: with_make("{'a': " + "[" * 4000),
    "signs": lambda: with_make("{'a': " + "-" * 4000 + "1}"),
    "a power": lambda: with_make("{'temp': 9**9**9**9}"),
    "a long number": lambda: with_make("{'temp': " + "9" * 4000 + "}"),
    "a repeated text": lambda: with_make("{'temp': 'a'*9999999999}"),
    "a megabyte": lambda: with_make("{'temp': [" + "1," * 30_000 + "]}"),
}
