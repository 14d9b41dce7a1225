"""Whether bytes are a sound JPEG."""

import simplejpeg
from PIL import Image

from .errors import InvalidInput, TooLarge

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
_START_OF_IMAGE, _START_OF_SCAN, _END_OF_IMAGE = b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9"


def check_bytes(name: str, size: int) -> None:
    """Raises TooLarge if a file has more bytes than an image may have."""
    if size > MAX_BYTES:
        raise TooLarge(f"{name}: {size / 1e6:.1f} MB is more than an image may have ({MAX_BYTES / 1e6:.0f} MB)")


def check_size(name: str, data: bytes) -> tuple[int, int]:
    """(width, height) from the header, before any pixel is decoded.

    Raises:
        InvalidInput: not a JPEG.
        TooLarge: over the limit of pixels.
    """
    if not data.startswith(_START_OF_IMAGE):
        raise InvalidInput(f"{name}: not a JPEG file", code="not_a_jpeg")
    try:
        height, width = map(int, simplejpeg.decode_jpeg_header(data)[:2])
    except ValueError as error:
        raise InvalidInput(f"{name}: a truncated or corrupt JPEG file ({error})", code="corrupt") from error
    if width * height > MAX_PIXELS:
        raise TooLarge(f"{name}: {width}x{height} is more than an image may have ({MAX_PIXELS / 1e6:.0f} megapixels)")
    return width, height


def decode_scaled(name: str, data: bytes, size: tuple[int, int]) -> Image.Image:
    """The picture, scaled by the discrete cosine transform to the smallest size not below `size`.

    That reads every byte of the entropy-coded data, so truncated and corrupt files are refused with InvalidInput.
    """
    # A thumbnail within EXIF has an end-of-image marker too, before the scan of the image itself.
    end = data.rfind(_END_OF_IMAGE)
    if end < 0 or data.find(_START_OF_SCAN, end) >= 0:
        raise InvalidInput(f"{name}: a truncated JPEG file: it has no end", code="truncated")
    try:
        width, height = size
        pixels = simplejpeg.decode_jpeg(
            data, "RGB", min_width=width, min_height=height, fastdct=True, fastupsample=True, strict=True
        )
    except ValueError as error:
        raise InvalidInput(f"{name}: a truncated or corrupt JPEG file ({error})", code="corrupt") from error
    return Image.fromarray(pixels)


def check_jpeg(name: str, data: bytes) -> tuple[int, int]:
    """(width, height) of a sound JPEG within the limits, else InvalidInput or TooLarge."""
    check_bytes(name, len(data))
    size = check_size(name, data)
    decode_scaled(name, data, (1, 1))
    return size
