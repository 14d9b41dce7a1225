"""Whether bytes are a sound JPEG, and one that is affordable to decode."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import simplejpeg
from PIL import Image

from .errors import InvalidInput, TooLarge

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
MAX_SCANS = 20  # traps write 1, progressive encoders 10
MAX_WORK = 200_000_000  # pixels times scans
_MAX_SEGMENTS = 5_000  # a colour profile of 16 MB has 250
_START_OF_IMAGE, _START_OF_SCAN, _END_OF_IMAGE = 0xD8, 0xDA, 0xD9
# Baseline, extended and progressive. No camera and no browser has the others (arithmetic coding, lossless).
_FRAMES = (0xC0, 0xC1, 0xC2)
_OTHER_FRAMES = (0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
# Within a scan, a zero follows 0xff where it is data; restart markers are part of the scan.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")


class Header(NamedTuple):
    """What a JPEG says of itself before it is decoded."""

    width: int
    height: int
    n_scans: int

    @property
    def work(self) -> int:
        """What decoding it costs: each scan goes over all pixels, however few bytes it has."""
        return self.width * self.height * self.n_scans


def check_bytes(name: str, size: int) -> None:
    """Raises TooLarge if a file has more bytes than an image may have."""
    if size > MAX_BYTES:
        raise TooLarge(f"{name}: {size / 1e6:.1f} MB is more than an image may have ({MAX_BYTES / 1e6:.0f} MB)")


def read_header(name: str, data: bytes) -> Header:
    """Its size and number of scans, found without decoding a pixel.

    Raises:
        InvalidInput: not a JPEG, truncated, or of a kind that cameras do not write.
        TooLarge: over the limits of pixels or scans.
    """
    if not data.startswith(b"\xff\xd8\xff"):
        raise InvalidInput(f"{name}: not a JPEG file", code="not_a_jpeg")
    n_scans = _count_scans(name, data)
    try:
        height, width = map(int, simplejpeg.decode_jpeg_header(data)[:2])
    except ValueError as error:
        raise InvalidInput(f"{name}: a truncated or corrupt JPEG file ({error})", code="corrupt") from error
    if width * height > MAX_PIXELS:
        raise TooLarge(f"{name}: {width}x{height} is more than an image may have ({MAX_PIXELS / 1e6:.0f} megapixels)")
    header = Header(width, height, n_scans)
    if n_scans > 1 and header.work > MAX_WORK:
        raise TooLarge(
            f"{name}: {n_scans} scans of {width}x{height} pixels are more than an image may have "
            f"({MAX_WORK / 1e6:.0f} megapixels times scans): save it as a baseline JPEG"
        )
    return header


def _count_scans(name: str, data: bytes) -> int:
    """The number of scans up to the end of the image."""
    n_frames = n_scans = 0
    for marker in _markers(name, data):
        if marker in _OTHER_FRAMES:
            raise InvalidInput(f"{name}: arithmetic coding and lossless JPEG files are not taken", code="unsupported")
        n_frames += marker in _FRAMES
        n_scans += marker == _START_OF_SCAN
        if n_frames > 1 or marker == _START_OF_IMAGE:
            raise InvalidInput(f"{name}: a corrupt JPEG file (more than one frame)", code="corrupt")
        if n_scans > MAX_SCANS:
            raise TooLarge(f"{name}: more scans than an image may have ({MAX_SCANS}): save it as a baseline JPEG")
    return n_scans


def _markers(name: str, data: bytes) -> Iterator[int]:
    """The markers from the first after the start of the image to its end, as a decoder comes by them."""
    position = 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, position)
        if found is None:
            raise InvalidInput(f"{name}: a truncated JPEG file: it has no end", code="truncated")
        marker, position = found[0][1], found.end()
        if marker == _END_OF_IMAGE:
            return
        yield marker
        # A thumbnail within EXIF has markers too: what a segment holds is passed over.
        position += max(2, int.from_bytes(data[position : position + 2]))
    raise TooLarge(f"{name}: more segments than an image may have ({_MAX_SEGMENTS})")


def decode_scaled(name: str, data: bytes, header: Header, box: tuple[int, int]) -> Image.Image:
    """The picture, scaled by the discrete cosine transform, as small as it can be to fill a box (width, height).

    That reads every byte of the entropy-coded data, so truncated and corrupt files are refused with InvalidInput.
    """
    scale = min(1, box[0] / header.width, box[1] / header.height)
    width, height = (math.ceil(pixels * scale) for pixels in (header.width, header.height))
    try:
        pixels = simplejpeg.decode_jpeg(
            data, "RGB", min_width=width, min_height=height, fastdct=True, fastupsample=True, strict=True
        )
    except ValueError as error:
        raise InvalidInput(f"{name}: a truncated or corrupt JPEG file ({error})", code="corrupt") from error
    return Image.fromarray(pixels)


def check_jpeg(name: str, data: bytes) -> Header:
    """The header of a sound JPEG within the limits, else InvalidInput or TooLarge."""
    check_bytes(name, len(data))
    header = read_header(name, data)
    decode_scaled(name, data, header, (1, 1))
    return header
