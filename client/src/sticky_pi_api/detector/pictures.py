"""JPEG files as arrays and back: (height, width, 3), blue first, as OpenCV has them."""

import cv2
import numpy as np

from ..core.errors import InvalidInput

Picture = np.ndarray
_QUALITY = 90


def decode(data: bytes) -> Picture:
    """Raises InvalidInput for what is no picture."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise InvalidInput("this is no picture that OpenCV can read")
    return np.asarray(picture)


def encode(picture: Picture) -> bytes:
    """A JPEG file."""
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
