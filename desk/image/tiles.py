"""Tiles of an image at full size and at halves of it: a browser loads what is looked at."""

import threading
from functools import lru_cache

import numpy as np
import simplejpeg

from sticky_pi_api.core.errors import NotFound, Unavailable
from stickypi.storage import files

SIZE = 512
MAX_LEVEL = 3
_QUALITY = 88
_KEPT = 3

# Several tiles of an image are requested at once: the first decodes it, the others find it decoded.
_decoding = threading.Lock()


def tile(key: str, level: int, column: int, row: int) -> bytes:
    """A JPEG of `SIZE` x `SIZE` pixels, less at the right and lower edges.

    Args:
        key: storage key of the image.
        level: the image is halved that many times.
        column, row: from the upper left corner.

    Raises:
        NotFound: no such file, or no such tile.
    """
    with _decoding:
        pixels = _decoded(key, level)
    piece = pixels[row * SIZE : (row + 1) * SIZE, column * SIZE : (column + 1) * SIZE]
    if not piece.size:
        raise NotFound(f"the image has no tile {column}, {row} at level {level}")
    return simplejpeg.encode_jpeg(np.ascontiguousarray(piece), quality=_QUALITY, colorspace="RGB")


@lru_cache(maxsize=_KEPT)
def _decoded(key: str, level: int) -> np.ndarray:
    """(height, width, 3) bytes."""
    data = files().read(key)
    if data is None:
        raise NotFound("the file of this image is missing")
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        least = {"min_height": -(-height // 2**level), "min_width": -(-width // 2**level)}
        return simplejpeg.decode_jpeg(data, "RGB", **least)
    except ValueError as error:
        raise Unavailable("the file of this image cannot be read") from error
