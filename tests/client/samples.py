"""Small sound files such as traps and the tools after them make."""

import io
import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from sticky_pi_api.core.formats import format_datetime, image_name

DEVICE = "5c173ff2"
START = datetime(2022, 5, 17, 18, 46, 57)
VERSION = "1606980656-91e2199fccf371d3d690b2856613e8f5"
LATER_VERSION = "1706980656-91e2199fccf371d3d690b2856613e8f5"
_MAKE, _EXIF_IFD, _USER_COMMENT = 0x010F, 0x8769, 0x9286


def jpeg(colour: str = "yellow", size: tuple[int, int] = (64, 48), make: str = "StickyPi", comment: str = "") -> bytes:
    exif = Image.Exif()
    exif[_MAKE] = make
    if comment:
        exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"ASCII\0\0\0" + comment.encode()
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def write_image(folder: Path, number: int = 0, device: str = DEVICE, **picture: Any) -> Path:
    """An image, `number` times 20 minutes after START."""
    path = folder / image_name(device, START + timedelta(minutes=20 * number))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(**picture))
    return path


def contour(n: int = 5) -> list[list[list[int]]]:
    points = [2 * math.pi * step / n for step in range(n)]
    return [[[round(30 + 9 * math.cos(angle)), round(20 + 9 * math.sin(angle))]] for angle in points]


def annotation(row: dict[str, Any], n_objects: int = 2, version: str = VERSION) -> dict[str, Any]:
    found = {"contour": contour(), "name": "insect", "fill_colour": "#ff0000", "stroke_colour": "#0000ff", "value": 0}
    metadata = {name: row[name] for name in ("device", "datetime", "md5")}
    return {
        "annotations": [found] * n_objects,
        "metadata": {"algo_name": "detector", "algo_version": version, **metadata},
    }


def series_info(**changes: Any) -> dict[str, Any]:
    return {
        "device": DEVICE,
        "start_datetime": START,
        "end_datetime": START + timedelta(hours=1),
        "algo_name": "matcher",
        "algo_version": VERSION,
        "n_images": 4,
        "n_tuboids": 3,
        **changes,
    }


def write_tuboid(folder: Path, number: int = 0, minutes: tuple[int, ...] = (0, 20, 40)) -> Path:
    end = START + timedelta(hours=1)
    directory = folder / f"{DEVICE}.{format_datetime(START)}.{format_datetime(end)}.{VERSION}.{number:04d}"
    directory.mkdir(parents=True)
    (directory / "tuboid.jpg").write_bytes(jpeg(size=(896, 224)))
    (directory / "context.jpg").write_bytes(jpeg(size=(256, 192)))
    moments = [format_datetime(START + timedelta(minutes=each)) for each in minutes]
    (directory / "metadata.txt").write_text("".join(f"{DEVICE}.{moment},30.5,20.25,0.97\n" for moment in moments))
    return directory


def label(tuboid_id: str, version: str = VERSION, **changes: Any) -> dict[str, Any]:
    return {
        "tuboid_id": tuboid_id,
        "label": 3,
        "pattern": "Insecta.*Drosophila",
        "type": "Insecta",
        "order": "Diptera",
        "family": None,
        "algo_name": "classifier",
        "algo_version": version,
        **changes,
    }


EVERYTHING = [{"device": "%", "start_datetime": "2020-01-01", "end_datetime": "2030-01-01"}]
