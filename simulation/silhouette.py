"""One insect as it shows on a card against the light: an opacity mask, and its outline."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .catch import Insect

_OVERSAMPLING = 3
_BODY, _LEG = 232, 190  # opacity, 0-255
_TURN = np.linspace(0, 2 * math.pi, 28, endpoint=False)


@dataclass(frozen=True, slots=True)
class Silhouette:
    """An insect's mask (L, 0 = nothing, 255 = opaque; both sides even) and its upper left corner, even too."""

    mask: Image.Image
    half: Image.Image
    left: int
    top: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels of the card."""
        return self.left, self.top, self.left + self.mask.width, self.top + self.mask.height


@dataclass(frozen=True, slots=True)
class _Part:
    """A polygon (`width` 0) or a line, in body lengths."""

    points: np.ndarray
    opacity: int
    width: float = 0.0


@lru_cache(maxsize=2048)
def silhouette(insect: Insect) -> Silhouette:
    """The picture of an insect, drawn once."""
    rng = np.random.default_rng(insect.seed)
    wings, body = _wings(insect, rng), [*_limbs(insect, rng), *_body(insect, rng)]
    points = np.concatenate([part.points for part in wings + body]) @ _placement(insect)
    left, top = (2 * math.floor(value / 2) - 2 for value in np.array([insect.x, insect.y]) + points.min(axis=0))
    width, height = (2 * math.ceil(value / 2) + 6 for value in np.ptp(points, axis=0))
    origin = np.array([insect.x - left, insect.y - top])
    mask = _draw(insect, wings, body, origin, (width, height))
    return Silhouette(mask, mask.reduce(2), left, top)


@lru_cache(maxsize=8192)
def outline(insect: Insect, n_points: int = 20, margin: float = 0.06) -> np.ndarray:
    """The contour around an insect, a little outside it as detectors draw it: (n_points, 2) pixels, clockwise."""
    drawn = silhouette(insect)
    rows, columns = np.nonzero(np.asarray(drawn.mask) > 60)
    offsets = np.column_stack([columns + drawn.left - insect.x, rows + drawn.top - insect.y])
    angles, radii = np.arctan2(offsets[:, 1], offsets[:, 0]), np.hypot(*offsets.T)
    reach = np.full(n_points, 0.12 * insect.length)
    np.maximum.at(reach, ((angles / (2 * math.pi)) % 1 * n_points).astype(int), radii)
    # A leg between two points would make a star: neighbours hold each other up.
    reach = np.maximum(reach, 0.82 * np.maximum(np.roll(reach, 1), np.roll(reach, -1))) + margin * insect.length + 1.5
    directions = (np.arange(n_points) + 0.5) * 2 * math.pi / n_points
    points = np.column_stack([np.cos(directions), np.sin(directions)]) * reach[:, None]
    return points + np.array([insect.x, insect.y])


def _placement(insect: Insect) -> np.ndarray:
    # Few lie flat: seen from the side, an insect is narrower.
    tilt = np.array([[1, 0], [0.3 * (insect.seed % 13 / 6 - 1), 0.6 + 0.4 * (insect.seed % 7) / 6]])
    return tilt @ _rotation(insect.angle) * insect.length


def _body(insect: Insect, rng: np.random.Generator) -> list[_Part]:
    lean = rng.normal(0, 0.05)  # the abdomen is seldom in line with the thorax
    return [
        _Part(
            np.column_stack([centre + length / 2 * np.cos(_TURN), lean * -centre + width / 2 * np.sin(_TURN)]),
            _BODY + int(rng.integers(-22, 18)),
        )
        for centre, length, width in insect.taxon.shape.segments
    ]


def _wings(insect: Insect, rng: np.random.Generator) -> list[_Part]:
    along = np.linspace(0, 1, 14)
    parts = []
    for root, length, width, angle, opacity in insect.taxon.shape.wings:
        for side in (1, -1):
            if rng.random() < 0.06:  # torn off
                continue
            half = width / 2 * np.sin(math.pi * along**0.75) ** 0.65
            blade = np.column_stack([np.r_[along, along[::-1]] * length, np.r_[half * 1.15, -half[::-1] * 0.85]])
            turn = math.radians(180 - side * rng.normal(angle, 9))
            turned = blade * [1, side] @ _rotation(turn) + [root, side * 0.08]
            vein = turned[[0, 4, 12]]
            parts += [_Part(turned, opacity), _Part(turned[[*range(28), 0]], 60, 0.012), _Part(vein, 50, 0.01)]
    return parts


def _limbs(insect: Insect, rng: np.random.Generator) -> list[_Part]:
    shape, parts = insect.taxon.shape, []
    for side in (1, -1):
        for root, direction in ((0.26, 48), (0.14, 95), (0.02, 138)):
            if shape.legs and rng.random() > 0.08:
                angle, length = math.radians(rng.normal(direction, 14)), shape.legs * rng.normal(1, 0.12)
                bends = angle + math.radians(rng.normal(38, 20)) * np.array([0, -1, 0.6])
                parts.append(
                    _Part(_limb(root, side * 0.07, side, bends, length * np.array([0.4, 0.4, 0.3])), _LEG, 0.032)
                )
        bends = np.radians([rng.normal(22, 8), rng.normal(34, 10)])
        parts.append(_Part(_limb(0.45, side * 0.03, side, bends, shape.antennae * np.array([0.5, 0.5])), 150, 0.02))
    return parts


def _limb(x: float, y: float, side: int, angles: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    steps = np.column_stack([np.cos(angles), side * np.sin(angles)]) * lengths[:, None]
    return np.cumsum(np.vstack([[x, y], steps]), axis=0)


def _rotation(angle: float) -> np.ndarray:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, sin], [-sin, cos]])


def _draw(
    insect: Insect, wings: list[_Part], body: list[_Part], origin: np.ndarray, size: tuple[int, int]
) -> Image.Image:
    """Wings add up where they overlap; the body and the legs cover."""
    large = (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING)
    transform = _placement(insect) * _OVERSAMPLING
    mask = Image.new("L", large)
    for part in wings:
        layer = Image.new("L", large)
        _stroke(ImageDraw.Draw(layer), part, transform, origin)
        mask = ImageChops.screen(mask, layer)
    draw = ImageDraw.Draw(mask)
    for part in body:
        _stroke(draw, part, transform, origin)
    soft = ImageFilter.GaussianBlur(_OVERSAMPLING * (0.35 + 0.006 * insect.length))
    return ImageChops.multiply(mask.filter(soft).reduce(_OVERSAMPLING), _mottles(insect, size))


def _mottles(insect: Insect, size: tuple[int, int]) -> Image.Image:
    """Light comes through here and there."""
    noise = np.random.default_rng([insect.seed, 1]).integers(212, 256, (12, 12), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def _stroke(draw: ImageDraw.ImageDraw, part: _Part, transform: np.ndarray, origin: np.ndarray) -> None:
    points = [tuple(point) for point in (part.points @ transform + origin * _OVERSAMPLING).tolist()]
    if part.width:
        thickness = max(2, round(part.width * math.hypot(*transform[0])))
        draw.line(points, fill=part.opacity, width=thickness, joint="curve")
    else:
        draw.polygon(points, fill=part.opacity)
