"""The shots of a tiled tuboid: its `metadata.txt`."""

import math
from datetime import datetime
from typing import NamedTuple

from .errors import InvalidInput
from .formats import parse_datetime, parse_device, shown

MAX_METADATA = 1_000_000  # bytes; a shot has about 60


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
                "it takes <device>.<datetime>,<x>,<y>,<scale>"
            ) from error
    if not shots:
        raise InvalidInput(f"{tuboid_id}/metadata.txt: it has no shot")
    return shots


def _parse_shot(line: str) -> Shot:
    name, *numbers = line.split(",")
    device, _, moment = name.partition(".")
    x, y, scale = (float(number) for number in numbers)
    if not all(map(math.isfinite, (x, y, scale))) or scale <= 0:
        raise ValueError(line)
    return Shot(parse_device(device), parse_datetime(moment), x, y, scale)
