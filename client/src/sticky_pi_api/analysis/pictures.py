"""Pictures of images and tuboids: one, a sheet of them, a film."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import imageio_ffmpeg
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from ..core.chunks import chunker
from ..types import PathType
from .captures import TILE, Fetches
from .quality import contours, with_images
from .tables import IMAGES, Rows, table

_COLOURS = ("#E69F00", "#56B4E9", "#CC79A7", "#F0E442")  # Okabe & Ito, those seen on a dark and on a white card
_THREADS = 8


def show(image: Any, client: Fetches, *, annotations: Rows | None = None, width: int | None = None) -> Image.Image:
    """The picture of an image, with the detections on it; a notebook displays it, its `.show()` opens a window.

    Args:
        image: a row of an image with `url` (`what='image'` or a thumbnail); a joined row also has its detections,
            `json`.
        client: the client that gave it.
        annotations: rows of `get_uid_annotations(..., what='data')`; those of other images are passed over.
        width: pixels; None: as the file.
    """
    frames = _frames(pd.DataFrame([dict(image)]), annotations)
    return _drawn(frames[0], client, width)


def film(
    images: Rows,
    path: PathType,
    *,
    client: Fetches,
    annotations: Rows | None = None,
    fps: float = 10,
    width: int = 1296,
) -> Path:
    """Writes a film (H.264) of images in order of time, a device after the other, with detections and time (UTC).

    It holds a few images at a time, whatever their number.

    Args:
        images: rows of images with `url`; rows joined with their annotations (`what_annotation='data'`) have the
            detections.
        path: ends in `.mp4`; appears when the film is whole.
        client: the client that gave the images.
        annotations: as in `show`; each algorithm and version in a colour of its own.
        fps: images a second.
        width: pixels; the height follows from the first image.

    Returns:
        The path.
    """
    target = Path(path)
    if target.suffix != ".mp4":
        raise ValueError(f"{target.name!r}: the name of a film ends in .mp4")
    frames = _frames(table(images, "images", (*IMAGES, "url")), annotations)
    if not frames:
        raise ValueError("images: there is none, so there is no film")
    partial = target.with_name(f".{target.stem}.part.mp4")
    try:
        _write(_pictures(frames, client, width), partial, fps)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _write(pictures: Iterator[Image.Image], path: Path, fps: float) -> None:
    first = next(pictures)
    size = (first.width // 2 * 2, first.height // 2 * 2)  # H.264 takes even sizes
    writer = imageio_ffmpeg.write_frames(str(path), size, fps=fps, quality=7, macro_block_size=2)
    writer.send(None)
    try:
        writer.send(first.resize(size).tobytes())
        for picture in pictures:
            writer.send(picture.resize(size).tobytes())
    finally:
        writer.close()


def contact_sheet(
    rows: Rows, *, client: Fetches, caption: str | None = None, columns: int = 8, tile: int = 160
) -> Image.Image:
    """Small pictures side by side: of tuboids their first shot, of images the whole card.

    Args:
        rows: images with `url`, or tuboids with `tuboid` (`what='data'`; `captures` keeps it).
        client: the client that gave them.
        caption: a column; None: `taxon` if there is one, else the time.
        columns, tile: pictures in a row, and their width in pixels.
    """
    frame = rows.reset_index(drop=True) if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    source = next((column for column in ("tuboid", "url") if column in frame.columns), None)
    if source is None or frame.empty:
        raise ValueError("a contact sheet takes rows of images with 'url', or of tuboids with 'tuboid'")
    times = next((column for column in ("datetime", "start_datetime") if column in frame.columns), source)
    named = caption or ("taxon" if "taxon" in frame.columns else times)
    if named not in frame.columns:
        raise ValueError(f"rows: no column {named!r} for captions")
    with ThreadPoolExecutor(_THREADS) as pool:
        pictures = list(pool.map(lambda url: _tile(url, client, source, tile), frame[source]))
    height, line = max(picture.height for picture in pictures), tile // 8
    n_rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (min(columns, len(pictures)) * tile, n_rows * (height + line)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(tile / 11)
    for index, (picture, text) in enumerate(zip(pictures, frame[named], strict=True)):
        left, top = index % columns * tile, index // columns * (height + line)
        sheet.paste(picture, (left, top))
        draw.text((left + 2, top + height), _short(text, font, tile - 4), fill="black", font=font)
    return sheet


def _short(text: Any, font: Any, width: int) -> str:
    words = "" if pd.isna(text) else str(text)
    while words and font.getlength(words) > width:
        words = words[:-2].rstrip("…") + "…" if len(words) > 2 else ""
    return words


def _tile(url: str, client: Fetches, source: str, width: int) -> Image.Image:
    picture = _load(url, client)
    if source == "tuboid":
        picture = picture.crop((0, 0, TILE, TILE))
    return picture.resize((width - 4, round((width - 4) * picture.height / picture.width)))


def _frames(images: pd.DataFrame, annotations: Rows | None) -> list[dict[str, Any]]:
    """Images by device and datetime, each with the annotations to be drawn: `found`, a list of rows."""
    found = images if annotations is None else with_images(annotations, "annotations")
    kinds: dict[Any, str] = {}
    drawn: dict[Any, list[Any]] = {}
    if "json" in found.columns:
        for row in found[found.json.notna()].to_dict("records"):
            kind = (row.get("algo_name"), row.get("algo_version"))
            colour = kinds.setdefault(kind, _COLOURS[len(kinds) % len(_COLOURS)])
            drawn.setdefault((row["device"], row["datetime"]), []).append((colour, row["json"]))
    once = images.drop_duplicates(list(IMAGES)).sort_values(list(IMAGES))
    return [row | {"drawn": drawn.get((row["device"], row["datetime"]), [])} for row in once.to_dict("records")]


def _pictures(frames: Iterable[dict[str, Any]], client: Fetches, width: int) -> Iterator[Image.Image]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for chunk in chunker(frames, _THREADS):
            yield from pool.map(lambda frame: _drawn(frame, client, width, stamped=True), chunk)


def _drawn(frame: dict[str, Any], client: Fetches, width: int | None, stamped: bool = False) -> Image.Image:
    picture = _load(frame.get("url"), client)
    full = frame.get("width") or picture.width
    if width is not None and width != picture.width:
        picture = picture.resize((width, round(width * picture.height / picture.width)))
    draw, scale = ImageDraw.Draw(picture), picture.width / full
    for colour, annotation in frame["drawn"]:
        for contour in contours(annotation):
            corners = [(x, y) for x, y in np.vstack([contour, contour[:1]]) * scale]
            draw.line(corners, fill=colour, width=max(1, picture.width // 500), joint="curve")
    if stamped:
        _stamp(draw, f"{frame['device']}  {frame['datetime']:%Y-%m-%d %H:%M} UTC", picture)
    return picture


def _stamp(draw: ImageDraw.ImageDraw, text: str, picture: Image.Image) -> None:
    font = ImageFont.load_default(max(12, picture.width / 40))
    at = (picture.width // 60, picture.height - picture.width // 24)
    draw.text(at, text, font=font, fill="white", stroke_width=3, stroke_fill="black")


def _load(url: Any, client: Fetches) -> Image.Image:
    if not isinstance(url, str) or not url:
        raise ValueError(
            "a row without file: ask for images with what='image' or 'thumbnail', tuboids with what='data'"
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture.jpg"
        client.fetch(url, path)
        with Image.open(path) as picture:
            return picture.convert("RGB")
