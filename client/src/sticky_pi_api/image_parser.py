"""An image file as a dictionary of its fields."""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from .core import records
from .core.image import parse_image


class ImageParser(dict[str, Any]):
    """What an image file of a trap says: its fields as a dictionary, the file and its thumbnails as attributes.

    Keys: `device`, `datetime` (naive UTC), `filename`, `md5`, `width` and `height` (pixels); and those of the sensors
    (`sticky_pi_api.core.records.SENSORS`) that the file has: `temp` (degC), `hum` (%), `lat`, `lng` (degrees),
    `alt` (m), ...; None where a sensor failed.

    Args:
        file: a path, or an open binary file with a `name`.

    Raises:
        InvalidInput: the name does not parse, or the file is not a sound JPEG.
        TooLarge: over 20 MB or 50 megapixels, or more scans than cameras write.
        OSError: the file cannot be read.
    """

    def __init__(self, file: str | os.PathLike[str] | BinaryIO) -> None:
        path = Path(file if isinstance(file, str | os.PathLike) else file.name)
        data = path.read_bytes() if isinstance(file, str | os.PathLike) else file.read()
        self._image = parse_image(path.name, data)
        record = {"filename": self.filename, **self._image.to_record()}
        absent = frozenset(records.SENSORS) - self._image.present
        super().__init__({name: value for name, value in record.items() if name not in absent})

    @property
    def filename(self) -> str:
        """`<device>.<YYYY-MM-DD_HH-MM-SS>.jpg`."""
        return self._image.filename

    @property
    def file_blob(self) -> bytes:
        """The file, byte for byte."""
        return self._image.files["image"]

    @property
    def thumbnail(self) -> Image.Image:
        """The picture, fit in 512x384 pixels, its proportions kept."""
        return self._rendition("thumbnail")

    @property
    def thumbnail_mini(self) -> Image.Image:
        """The picture, fit in 128x96 pixels, its proportions kept."""
        return self._rendition("thumbnail-mini")

    @property
    def warnings(self) -> list[str]:
        """What could not be read of the sensors."""
        return self._image.warnings

    def _rendition(self, what: str) -> Image.Image:
        picture = Image.open(io.BytesIO(self._image.files[what]))
        picture.load()
        return picture
