"""The shots of a tiled tuboid: its `metadata.txt`."""

from datetime import datetime
from typing import NamedTuple

from .errors import InvalidInput
from .formats import parse_datetime, parse_device, shown

MAX_METADATA = 1_000_000  # bytes; a shot has about 60
_FARTHEST = 100_000.0  # pixels from the corner of an image; an insect at its edge may have its centre outside
_LEAST_SCALE, _GREATEST_SCALE = 0.001, 1000.0


class Shot(NamedTuple):
    """The insect on one image: its centre in pixels of the image, and tile pixels per image pixel."""

    device: str
    datetime: datetime
    x: float
    y: float
    scale: float


def parse_metadata(tuboid_id: str, data: bytes) -> list[Shot]:
    """The shots of a `metadata.txt`, in order of time."""
    if len(data) > MAX_METADATA:
        raise InvalidInput(f"{tuboid_id}/metadata.txt: more than {MAX_METADATA} bytes")
    lines = data.decode("utf-8", errors="replace").split("\n")
    shots: list[Shot] = []
    for number, line in enumerate((line for line in lines if line.strip()), start=1):
        try:
            shots.append(_parse_shot(line.strip()))
        except (ValueError, InvalidInput) as error:
            raise InvalidInput(
                f"{tuboid_id}/metadata.txt: line {number} is {shown(line)}: "
                "it takes <device>.<datetime>,<x>,<y>,<scale>, x and y in pixels of the image up to "
                f"{_FARTHEST:.0f}, the scale from {_LEAST_SCALE} to {_GREATEST_SCALE:.0f}"
            ) from error
    if not shots:
        raise InvalidInput(f"{tuboid_id}/metadata.txt: it has no shot")
    return shots


def _parse_shot(line: str) -> Shot:
    name, *numbers = line.split(",")
    device, _, moment = name.partition(".")
    x, y, scale = (float(number) for number in numbers)
    # Also for numbers that are none.
    if not (abs(x) <= _FARTHEST and abs(y) <= _FARTHEST and _LEAST_SCALE <= scale <= _GREATEST_SCALE):
        raise ValueError(line)
    return Shot(parse_device(device), parse_datetime(moment), x, y, scale)
