"""The three files of a tiled tuboid, from the images on which an insect was seen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from ..core.detections import Contour
from ..core.formats import format_datetime
from ..core.tuboids import TuboidSeries
from .matching import Track
from .pictures import Picture, decode, encode

TILE, ACROSS = 224, 4
_ROOM = 1.04  # side of a tile over the longer side of the insect's box
_Key = tuple[int, int]  # of a tile: number of the track, number of its shot


@dataclass(frozen=True)
class _Place:
    """Centre of a tile, pixels of the image, and half its side."""

    x: float
    y: float
    half: float


def write_tuboids(
    tracks: Sequence[Track],
    series: TuboidSeries,
    read_image: Callable[[datetime], bytes],
    folder: Path,
    *,
    most_shots: int = 64,
) -> list[Path]:
    """Writes a folder for each insect, named by its tuboid_id, for `put_tiled_tuboids`.

    Each image is read once. Tiles wait as JPEG files, so that memory is some 10 kB a tile.

    Args:
        read_image: the JPEG file of the series' device at a moment.
        most_shots: an insect seen on more is shown on as many, evenly spaced, the first and the last among them.
    """
    shots = [_spaced(track.shots, most_shots) for track in tracks]
    names = [_name(series, number) for number in range(len(tracks))]
    tiles: dict[_Key, bytes] = {}
    for moment, keys in _by_moment(shots):
        picture = decode(read_image(moment))
        for number, index in keys:
            contour = shots[number][index][1]
            tiles[number, index] = encode(_tile(picture, contour))
            if index == 0:
                (folder / names[number]).mkdir(parents=True)
                (folder / names[number] / "context.jpg").write_bytes(encode(_context(picture, contour)))
    for number, name in enumerate(names):
        mosaic = _mosaic([decode(tiles.pop((number, index))) for index in range(len(shots[number]))])
        (folder / name / "tuboid.jpg").write_bytes(encode(mosaic))
        (folder / name / "metadata.txt").write_text("".join(_lines(series.device, shots[number])))
    return [folder / name for name in names]


def _name(series: TuboidSeries, number: int) -> str:
    moments = format_datetime(series.start_datetime), format_datetime(series.end_datetime)
    return ".".join((series.device, *moments, series.algo_version, f"{number:04d}"))


def _spaced(shots: list[tuple[datetime, Contour]], most: int) -> list[tuple[datetime, Contour]]:
    kept = np.linspace(0, len(shots) - 1, min(len(shots), most)).round().astype(int)
    return [shots[index] for index in kept]


def _by_moment(shots: Sequence[Sequence[tuple[datetime, Contour]]]) -> Iterator[tuple[datetime, list[_Key]]]:
    found: dict[datetime, list[_Key]] = {}
    for number, of_track in enumerate(shots):
        for index, (moment, _) in enumerate(of_track):
            found.setdefault(moment, []).append((number, index))
    yield from sorted(found.items())


def _place(contour: Contour) -> _Place:
    low, high = contour.min(axis=0), contour.max(axis=0)
    x, y = (low + high) / 2
    return _Place(float(x), float(y), max(float((high - low).max()) / 2 * _ROOM, 1.0))


def _lines(device: str, shots: Sequence[tuple[datetime, Contour]]) -> Iterator[str]:
    for moment, contour in shots:
        place = _place(contour)
        scale = TILE / (2 * place.half)
        yield f"{device}.{format_datetime(moment)},{place.x:.6f},{place.y:.6f},{scale:.6f}\n"


def _tile(picture: Picture, contour: Contour) -> Picture:
    """The insect on 224x224 pixels, black outside its contour."""
    place = _place(contour)
    scale = TILE / (2 * place.half)
    moved = np.array([[scale, 0, TILE / 2 - scale * place.x], [0, scale, TILE / 2 - scale * place.y]])
    tile = cv2.warpAffine(picture, moved, (TILE, TILE), flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    mask = np.zeros((TILE, TILE), np.uint8)
    outline = (contour - [place.x, place.y]) * scale + TILE / 2
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 255)
    return np.asarray(cv2.bitwise_and(tile, tile, mask=mask))


def _mosaic(tiles: Sequence[Picture]) -> Picture:
    rows = -(-len(tiles) // ACROSS)
    mosaic = np.zeros((rows * TILE, ACROSS * TILE, 3), np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // ACROSS * TILE, index % ACROSS * TILE
        mosaic[top : top + TILE, left : left + TILE] = tile
    return mosaic


def _context(picture: Picture, contour: Contour) -> Picture:
    """The whole card at half its size, with the insect in a box."""
    place = _place(contour)
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    low = round((place.x - place.half) / 2), round((place.y - place.half) / 2)
    high = round((place.x + place.half) / 2), round((place.y + place.half) / 2)
    for colour, width in (((0, 0, 0), 4), ((255, 255, 0), 2)):
        cv2.rectangle(small, low, high, colour, width)
    return np.asarray(small)
