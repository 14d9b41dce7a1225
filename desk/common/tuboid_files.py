"""The files of a tuboid: its mosaic of tiles and a preview of it, its shots, and how long the insect is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import simplejpeg

from sticky_pi_api.core.errors import NotFound, Unavailable
from sticky_pi_api.core.layout import tuboid_key
from sticky_pi_api.core.shots import Shot, parse_metadata
from stickypi.storage import files

TILE, COLUMNS = 224, 4  # pixels of a tile, tiles in a row
_PREVIEW_ROWS, _QUALITY = 2, 80


def read_tuboid_file(tuboid_id: str, name: str) -> bytes:
    """A file of a tuboid: `tuboid`, `context` or `metadata`. Raises NotFound where it is missing."""
    data = files().read(tuboid_key(tuboid_id, name))
    if data is None:
        raise NotFound("the file of this tuboid is missing")
    return data


def mosaic_preview(tuboid_id: str) -> bytes:
    """A JPEG of the first two rows of tiles, at half their size: 448 pixels wide, 112 or 224 high."""
    data = read_tuboid_file(tuboid_id, "tuboid")
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        small = simplejpeg.decode_jpeg(data, "RGB", min_height=height // 2, min_width=width // 2)
    except ValueError as error:
        raise Unavailable("the file of this tuboid cannot be read") from error
    rows = small[: _PREVIEW_ROWS * small.shape[1] // COLUMNS]
    return simplejpeg.encode_jpeg(np.ascontiguousarray(rows), quality=_QUALITY, colorspace="RGB")


def read_shots(tuboid_id: str) -> list[Shot]:
    """The shots of a tuboid, in order of time."""
    return parse_metadata(tuboid_id, read_tuboid_file(tuboid_id, "metadata"))


@dataclass(frozen=True)
class InsectSize:
    """Length of the square that holds the insect: the median of its shots."""

    pixels: float
    pixels_per_mm: float | None

    @property
    def mm(self) -> float | None:
        """In millimetres; None where the scale is not known."""
        return self.pixels / self.pixels_per_mm if self.pixels_per_mm else None


def insect_size(shots: Sequence[Shot], pixels_per_mm: float | None) -> InsectSize:
    """The size of the insect of these shots, one or more."""
    return InsectSize(median(TILE / shot.scale for shot in shots), pixels_per_mm)
