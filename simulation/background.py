"""An empty card: translucent yellow-green film, mottled, more saturated where the glue is thick."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

_COARSE = 4  # smooth parts are computed on a grid this many times coarser
_GLUE, _FILM = (192, 200, 22), (196, 208, 104)  # RGB where the glue is thick, and where it is thin


def to_ycc(rgb: tuple[float, float, float]) -> tuple[int, int, int]:
    """The luma and chroma (0-255, JPEG's) of a colour."""
    red, green, blue = rgb
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma), round(128 + 0.564 * (blue - luma)), round(128 + 0.713 * (red - luma))


def background(seed: int, size: tuple[int, int]) -> tuple[Image.Image, Image.Image, Image.Image]:
    """The luma plane (of `size`) and the two chroma planes (half of it) of the empty card of a trap."""
    rng = np.random.default_rng([seed, 3])
    width, height = size
    grid = (max(8, width // _COARSE), max(8, height // _COARSE))
    glue = _glue(rng, grid)
    hue = rng.normal(0, 6, 3)
    thick, thin = (to_ycc(tuple(np.add(colour, hue))) for colour in (_GLUE, _FILM))
    smooth = [deep * glue + pale * (1 - glue) for deep, pale in zip(thick, thin, strict=True)]
    smooth[0] = (smooth[0] + 3 * _clouds(rng, grid, 150) + 3 * _clouds(rng, grid, 37)) * _shade(rng, grid)
    luma = np.asarray(Image.fromarray(smooth[0].astype(np.float32)).resize(size, Image.Resampling.BILINEAR))
    grained = np.clip(luma + _grain(rng, size), 0, 255).astype(np.uint8)
    chroma = [
        Image.fromarray(np.clip(plane, 0, 255).astype(np.uint8)).resize(
            (width // 2, height // 2), Image.Resampling.BILINEAR
        )
        for plane in smooth[1:]
    ]
    return _blemished(Image.fromarray(grained), rng), chroma[0], chroma[1]


def _clouds(rng: np.random.Generator, grid: tuple[int, int], cells: int) -> np.ndarray:
    """Smooth noise of unit amplitude with about `cells` bumps across."""
    noise = rng.normal(0, 1, (max(2, cells * 3 // 4), cells)).astype(np.float32)
    return np.asarray(Image.fromarray(noise).resize(grid, Image.Resampling.BICUBIC))


def _glue(rng: np.random.Generator, grid: tuple[int, int]) -> np.ndarray:
    """How thick the glue is, 0-1: a broad spot, with soft blotches at its rim."""
    x, y = np.linspace(-1, 1, grid[0]), np.linspace(-1, 1, grid[1])[:, None]
    (left, top), (wide, tall) = rng.uniform(-0.2, 0.2, 2), rng.uniform(0.5, 0.75, 2)
    distance = ((x - left) / wide) ** 2 + ((y - top) / tall) ** 2
    rough = (
        0.5 * _clouds(rng, grid, 4)
        + 0.25 * _clouds(rng, grid, 13)
        + 0.12 * _clouds(rng, grid, 48)
        + 0.1 * _clouds(rng, grid, 130)
    )
    return 1 / (1 + np.exp(3 * (distance - 1 + rough)))


def _shade(rng: np.random.Generator, grid: tuple[int, int]) -> np.ndarray:
    """A soft vignette and the uneven light of the lamp, as a factor."""
    x, y = np.linspace(-1, 1, grid[0]), np.linspace(-1, 1, grid[1])[:, None]
    tilt = rng.normal(0, 0.04, 2)
    return 1 - 0.13 * (x**2 + y**2) ** 1.3 / 2.5 + tilt[0] * x + tilt[1] * y + 0.025 * _clouds(rng, grid, 4)


def _grain(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """The noise of the sensor, and the fine diagonal hatching of the film."""
    width, height = size
    hatching = rng.normal(0, 0.9, width + height).astype(np.float32)
    lines = np.lib.stride_tricks.sliding_window_view(hatching, width)[:height]
    return rng.standard_normal((height, width), dtype=np.float32) * 2.6 + lines


def _blemished(luma: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Dust, drops and folds on the film."""
    width, height = luma.size
    unit = width / 2592
    marks = Image.new("L", (width // 2, height // 2))
    draw = ImageDraw.Draw(marks)
    for x, y, radius in rng.uniform([0, 0, 0.5], [width / 2, height / 2, 2.2], (90, 3)):
        r = radius * unit
        draw.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=int(rng.integers(50, 150)))
    luma.paste(60, (0, 0), marks.filter(ImageFilter.GaussianBlur(0.5)).resize(luma.size))
    drops = Image.new("L", (width // 8, height // 8))
    draw = ImageDraw.Draw(drops)
    for x, y, radius in rng.uniform([0, 0, 3], [width / 8, height / 8, 14], (7, 3)):
        r = radius * unit
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(15, 40)))
    for x, slant in rng.uniform([0, -0.3], [1, 0.3], (3, 2)):
        draw.line((x * width / 8, 0, (x + slant) * width / 8, height / 8), fill=22, width=1)
    luma.paste(110, (0, 0), drops.filter(ImageFilter.GaussianBlur(1)).resize(luma.size, Image.Resampling.BILINEAR))
    return luma
