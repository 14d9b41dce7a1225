"""An image file as a dictionary of its fields."""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from .core.image import parse_image


class ImageParser(dict[str, Any]):
    """The columns that an image file determines: device, datetime (naive UTC), md5, width, height, sensors.

    Args:
        file: a path, or an open binary file with a `name`.

    Raises:
        InvalidInput: the name does not parse, or the file is not a sound JPEG.
        TooLarge: over 20 MB or 50 megapixels.
    """

    def __init__(self, file: str | os.PathLike[str] | BinaryIO) -> None:
        path = Path(file if isinstance(file, str | os.PathLike) else file.name)
        data = path.read_bytes() if isinstance(file, str | os.PathLike) else file.read()
        self._image = parse_image(path.name, data)
        super().__init__(self._image.to_record())

    @property
    def filename(self) -> str:
        """`<device>.<datetime>.jpg`."""
        return self._image.filename

    @property
    def file_blob(self) -> bytes:
        """The file, byte for byte."""
        return self._image.files["image"]

    @property
    def thumbnail(self) -> io.BytesIO:
        """A JPEG that fits in 512x384 pixels."""
        return io.BytesIO(self._image.files["thumbnail"])

    @property
    def thumbnail_mini(self) -> io.BytesIO:
        """A JPEG that fits in 128x96 pixels."""
        return io.BytesIO(self._image.files["thumbnail-mini"])

    @property
    def warnings(self) -> list[str]:
        """What could not be read of the sensors."""
        return self._image.warnings
