"""Insects followed through a series of pictures: the three files of each tuboid, and what a classifier says."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from sticky_pi_api.core.formats import format_datetime

from .card import card, encode
from .catch import Insect
from .classifier import classify
from .devices import Device
from .fleet import Fleet, Shot
from .silhouette import outline

TILE, ACROSS = 224, 4
MAX_SHOTS = 24
_CYAN, _BLACK = (179, 171, 1), (0, 128, 128)  # luma and chroma
_QUALITY = 90


@dataclass(frozen=True)
class Tuboid:
    """One insect of a series.

    Attributes:
        tuboid_id: `<device>.<series start>.<series end>.<algo_version>.<4-digit id>`.
        series_info: what `put_tiled_tuboids` takes; the same for all tuboids of a series.
        shots: the pictures it was followed through, in order of time.
        places: (x, y, half side) of the tile in each, pixels; shape (n_shots, 3).
    """

    tuboid_id: str
    series_info: dict[str, Any]
    insect: Insect
    shots: list[Shot] = field(repr=False)
    places: np.ndarray = field(repr=False)

    def files(self) -> dict[str, bytes]:
        """The contents of `tuboid.jpg`, `context.jpg` and `metadata.txt`."""
        return {"tuboid.jpg": self.mosaic(), "context.jpg": self.context(), "metadata.txt": self.metadata().encode()}

    def metadata(self) -> str:
        """A line a shot: file name without suffix, x, y, scale."""
        rows = zip(self.shots, self.places.tolist(), strict=True)
        return "".join(
            f"{shot.name.removesuffix('.jpg')},{x:.6f},{y:.6f},{TILE / 2 / half:.6f}\n" for shot, (x, y, half) in rows
        )

    def mosaic(self) -> bytes:
        """The tiles, 4 across, black outside the contour."""
        rows = -(-len(self.shots) // ACROSS)
        mosaic = Image.new("YCbCr", (TILE * ACROSS, TILE * rows), _BLACK)
        for index, (shot, place) in enumerate(zip(self.shots, self.places, strict=True)):
            tile, mask = _tile(self.insect, shot, place)
            mosaic.paste(tile, (index % ACROSS * TILE, index // ACROSS * TILE), mask)
        luma, blue, red = mosaic.split()
        return encode((luma, blue.reduce(2), red.reduce(2)), _QUALITY)

    def context(self) -> bytes:
        """The whole card at the first shot, at half its size, with the insect in a box."""
        shot, (x, y, half) = self.shots[0], self.places[0]
        luma, blue, red = card(shot.device, shot.size).planes(shot)
        whole = Image.merge("YCbCr", (luma.reduce(2), blue, red))
        draw = ImageDraw.Draw(whole)
        for inset, colour, width in ((0, _BLACK, 4), (1, _CYAN, 2)):
            box = ((x - half) / 2 + inset, (y - half) / 2 + inset, (x + half) / 2 - inset, (y + half) / 2 - inset)
            draw.rectangle(box, outline=colour, width=width)
        luma, blue, red = whole.split()
        return encode((luma, blue.reduce(2), red.reduce(2)), _QUALITY)


def tuboids(
    fleet: Fleet,
    device: Device,
    start: datetime,
    end: datetime,
    algo_name: str,
    algo_version: str,
    min_shots: int = 3,
    max_shots: int = MAX_SHOTS,
    choose: Callable[[list[Insect]], list[Insect]] = list,
) -> Iterator[Tuboid]:
    """The tuboids of a series: every insect seen on at least `min_shots` pictures of [start, end), or those chosen.

    Nothing is drawn before a tuboid's files are asked for.
    """
    shots = [shot for shot in fleet.shots(device) if start <= shot.datetime < end]
    seen_by = {insect: seen for insect, seen in _tracks(shots).items() if len(seen) >= min_shots}
    tracks = [(insect, _thinned(seen_by[insect], max_shots)) for insect in choose(list(seen_by))]
    series_info = {
        "device": device.id,
        "start_datetime": format_datetime(start),
        "end_datetime": format_datetime(end),
        "algo_name": algo_name,
        "algo_version": algo_version,
        "n_images": len(shots),
        "n_tuboids": len(tracks),
    }
    series = f"{device.id}.{format_datetime(start)}.{format_datetime(end)}.{algo_version}"
    for number, (insect, seen) in enumerate(tracks):
        yield Tuboid(f"{series}.{number:04d}", series_info, insect, seen, _places(insect, seen, algo_version))


def write(tuboid: Tuboid, directory: Path) -> Path:
    """Writes the three files into `directory/<tuboid_id>` and returns that folder."""
    folder = Path(directory) / tuboid.tuboid_id
    folder.mkdir(parents=True, exist_ok=True)
    for name, contents in tuboid.files().items():
        (folder / name).write_bytes(contents)
    return folder


def labels(tuboid: Tuboid, algo_name: str, algo_version: str, accuracy: float = 0.9) -> list[dict[str, Any]]:
    """What `put_itc_labels` takes: one label, right with probability `accuracy`; small insects only to the order."""
    rng = np.random.default_rng([zlib.crc32(f"{algo_name} {algo_version} {tuboid.tuboid_id}".encode())])
    guess = classify(tuboid.insect, tuboid.shots[0].size, accuracy, rng)
    return [{"tuboid_id": tuboid.tuboid_id, "algo_name": algo_name, "algo_version": algo_version, **guess}]


def _tracks(shots: list[Shot]) -> dict[Insect, list[Shot]]:
    """The shots on which each insect is, insects in order of arrival."""
    seen: dict[Insect, list[Shot]] = {}
    for shot in shots:
        for insect in shot.insects:
            seen.setdefault(insect, []).append(shot)
    return seen


def _thinned(shots: list[Shot], most: int) -> list[Shot]:
    """As many as `most`, evenly."""
    kept = np.linspace(0, len(shots) - 1, min(len(shots), most)).round().astype(int)
    return [shots[index] for index in kept]


def _places(insect: Insect, shots: list[Shot], algo_version: str) -> np.ndarray:
    """(x, y, half side) of the insect's tile per shot: the contour's extent, a little different each time."""
    rng = np.random.default_rng([insect.seed, zlib.crc32(algo_version.encode())])
    contour = _contour(insect, shots[0])
    low, high = contour.min(axis=0), contour.max(axis=0)
    centre, half = (low + high) / 2, (high - low).max() / 2
    jitter = rng.normal(0, 0.015, (len(shots), 3)) * half
    return np.array([*centre, 1.04 * half]) + jitter


def _tile(insect: Insect, shot: Shot, place: np.ndarray) -> tuple[Image.Image, Image.Image]:
    """A tile of 224x224 pixels and the mask of what belongs to the insect."""
    x, y, half = place
    left, top = 2 * int((x - half) // 2), 2 * int((y - half) // 2)
    side = 2 * int(half) + 4
    luma, blue, red = card(shot.device, shot.size).region(shot, (left, top, left + side, top + side))
    source = Image.merge("YCbCr", (luma, blue.resize(luma.size), red.resize(luma.size)))
    box = (x - half - left, y - half - top, x + half - left, y + half - top)
    tile = source.resize((TILE, TILE), Image.Resampling.BICUBIC, box=box)
    mask = Image.new("L", (TILE, TILE))
    polygon = (_contour(insect, shot) - [x - half, y - half]) * (TILE / 2 / half)
    ImageDraw.Draw(mask).polygon([tuple(point) for point in polygon.tolist()], fill=255)
    return tile, mask


def _contour(insect: Insect, shot: Shot) -> np.ndarray:
    """The part of an insect's outline that is on the picture: (n, 2) pixels."""
    return np.clip(outline(insect), 2, np.array(shot.size) - 3)
