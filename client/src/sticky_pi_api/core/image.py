"""One image file: its bytes -> what is stored of it, or InvalidInput."""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image

from .errors import InvalidInput
from .formats import image_name, parse_image_name, shown
from .jpeg import check_bytes, decode_scaled, read_header
from .records import SENSORS
from .sensors import read_sensors

THUMBNAIL_SIZE = (512, 384)
THUMBNAIL_MINI_SIZE = (128, 96)
_QUALITY = 85

__all__ = ["ParsedImage", "check_bytes", "parse_image"]


@dataclass(frozen=True)
class ParsedImage:
    """A sound image.

    `files` maps `what` to bytes; `sensors` has every sensor column, null where not known; `present` are those that the
    file has, failed ones included; `work` is what it cost to decode: pixels times scans.
    """

    device: str
    datetime: datetime
    md5: str
    width: int
    height: int
    sensors: dict[str, Any]
    present: frozenset[str]
    files: dict[str, bytes]
    work: int
    warnings: list[str]

    @property
    def filename(self) -> str:
        """The name of the file."""
        return image_name(self.device, self.datetime)

    def to_record(self) -> dict[str, Any]:
        """The columns that the file determines."""
        own = {name: getattr(self, name) for name in ("device", "datetime", "md5", "width", "height")}
        return {**own, **self.sensors}


def parse_image(name: str, data: bytes, *, md5: str | None = None) -> ParsedImage:
    """Checks an image file and makes its thumbnails.

    The JPEG is decoded once, scaled by the discrete cosine transform to the smallest size not below a thumbnail's:
    that reads every byte of the entropy-coded data, so truncated and corrupt files are refused.

    Args:
        name: the file's name, `<device>.<datetime>.jpg`.
        data: the whole file.
        md5: what the sender says its md5 is, in hexadecimal.

    Raises:
        InvalidInput: bad name, not a JPEG, truncated or corrupt, or another md5 than said.
        TooLarge: over 20 MB or 50 megapixels, or more scans than cameras write.
    """
    device, moment = parse_image_name(name)
    check_bytes(name, len(data))
    digest = _checked_md5(name, data, md5)
    header = read_header(name, data)
    thumbnail = decode_scaled(name, data, header, THUMBNAIL_SIZE)
    sensors = read_sensors(data)
    return ParsedImage(
        device=device,
        datetime=moment,
        md5=digest,
        width=header.width,
        height=header.height,
        sensors={column: sensors.values.get(column) for column in SENSORS},
        present=frozenset(sensors.values),
        files={"image": data, **_encode_thumbnails(thumbnail)},
        work=header.work,
        warnings=sensors.warnings,
    )


def _checked_md5(name: str, data: bytes, expected: str | None) -> str:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if expected is not None and expected.strip().strip('"').lower() != digest:
        raise InvalidInput(
            f"{name}: the md5 of what arrived is {digest}, of what was sent {shown(expected)}: send it again",
            code="md5_mismatch",
        )
    return digest


def _encode_thumbnails(image: Image.Image) -> dict[str, bytes]:
    """Both renditions; `image` is consumed."""
    encoded = {}
    for what, size in {"thumbnail": THUMBNAIL_SIZE, "thumbnail-mini": THUMBNAIL_MINI_SIZE}.items():
        image.thumbnail(size, Image.Resampling.HAMMING)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=_QUALITY)
        encoded[what] = buffer.getvalue()
    return encoded
