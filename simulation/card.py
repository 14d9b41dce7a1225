"""Pictures of a sticky card.

A card is kept as the three planes of a JPEG (luma, and chroma of half the size): an insect is pasted once, and a
picture costs a table look-up for the brightness and the encoding.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import simplejpeg
from PIL import Image

from .background import background, to_ycc
from .catch import Insect
from .devices import Device
from .exif import with_exif
from .fleet import Shot
from .silhouette import silhouette

Planes = tuple[Image.Image, Image.Image, Image.Image]
_QUALITY = 90


class Card:
    """The card of a device, remembering what was pasted last."""

    def __init__(self, device: Device, size: tuple[int, int]) -> None:
        self._empty = background(device.seed, size)
        self._planes: Planes = _copied(self._empty)
        self._pasted: tuple[Insect, ...] = ()
        self._lock = threading.Lock()

    def planes(self, shot: Shot) -> Planes:
        """The luma and chroma planes of a picture, lit as it was."""
        with self._lock:
            return _lit(self._with(shot.insects), shot)

    def region(self, shot: Shot, box: tuple[int, int, int, int]) -> Planes:
        """The same for a part only: `box` is left, top, right, bottom, all even. Without meaning outside the card."""
        left, top, right, bottom = box
        half = (left // 2, top // 2, right // 2, bottom // 2)
        luma, *chroma = self._empty
        planes: Planes = (luma.crop(box), chroma[0].crop(half), chroma[1].crop(half))
        _paste(planes, [insect for insect in shot.insects if _overlap(silhouette(insect).box, box)], left, top)
        return _lit(planes, shot)

    def _with(self, insects: tuple[Insect, ...]) -> Planes:
        known = len(self._pasted)
        if insects[:known] != self._pasted:
            self._planes, known = _copied(self._empty), 0
        _paste(self._planes, insects[known:])
        self._pasted = insects
        return self._planes


@lru_cache(maxsize=6)
def card(device: Device, size: tuple[int, int]) -> Card:
    """The card of a device; few are kept, as one takes 15 MB at full size."""
    return Card(device, size)


def render(shot: Shot) -> bytes:
    """The picture as a JPEG file with its EXIF block. Fastest when the shots of a device come in order of time."""
    return with_exif(encode(card(shot.device, shot.size).planes(shot), _QUALITY), shot)


def encode(planes: Planes, quality: int) -> bytes:
    """Three planes (chroma of half the size) as a JPEG file."""
    arrays = [np.asarray(plane) for plane in planes]
    return bytes(simplejpeg.encode_jpeg_yuv_planes(*arrays, quality=quality, fastdct=True))


def _paste(planes: Planes, insects: Sequence[Insect], left: int = 0, top: int = 0) -> None:
    luma, blue, red = planes
    for insect in insects:
        drawn, (y, cb, cr) = silhouette(insect), to_ycc(insect.taxon.colour)
        x0, y0 = drawn.left - left, drawn.top - top
        luma.paste(y, (x0, y0), drawn.mask)
        blue.paste(cb, (x0 // 2, y0 // 2), drawn.half)
        red.paste(cr, (x0 // 2, y0 // 2), drawn.half)


def _lit(planes: Planes, shot: Shot) -> Planes:
    """The flash varies a little, and daylight adds to it (and bleaches)."""
    flicker = np.random.default_rng([shot.device.seed, int(shot.datetime.timestamp())]).uniform(0.96, 1.04)
    gain, lift = flicker * (0.9 + 0.12 * shot.readings.light), 12 * shot.readings.light
    levels = np.arange(256)
    luma = np.clip(levels * gain + lift, 0, 255).astype(np.uint8).tolist()
    chroma = np.clip(128 + (levels - 128) * gain * (1 - 0.12 * shot.readings.light), 0, 255).astype(np.uint8).tolist()
    return planes[0].point(luma), planes[1].point(chroma), planes[2].point(chroma)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _copied(planes: Planes) -> Planes:
    return planes[0].copy(), planes[1].copy(), planes[2].copy()
