"""Files for random sequences of calls: few devices, moments and numbers, so that they collide."""

import hashlib
import shutil
from datetime import timedelta
from pathlib import Path

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.core.formats import format_datetime, image_name
from tests.client.samples import DEVICE, START, VERSION, write_tuboid

SHOT = timedelta(minutes=20)
DEVICES = (DEVICE, "5c173ff3", "0a5bb6f4")
MOMENTS = (START, START + timedelta(seconds=1), START + SHOT)

_FLEET = Fleet(n_devices=2, days=0.1, size=(160, 120))
_PICTURES = [render(next(_FLEET.shots(device))) for device in _FLEET.devices]  # one of either firmware
MD5S = [hashlib.md5(picture).hexdigest() for picture in _PICTURES]

_NAMES = [image_name(device, moment) for device in DEVICES for moment in MOMENTS]
IMAGES = {f"{number}/{name}": picture for number, picture in enumerate(_PICTURES) for name in _NAMES}
BAD_IMAGES = {
    f"truncated/{_NAMES[0]}": _PICTURES[0][:-200],
    f"text/{_NAMES[1]}": b"no picture",
    "0/5c173ff2.jpg": _PICTURES[0],
}

_END = START + timedelta(hours=1)
_SERIES = f"{DEVICE}.{format_datetime(START)}.{format_datetime(_END)}.{VERSION}"
TUBOIDS = [f"{_SERIES}.{number:04d}" for number in range(4)]
TUBOID_OF_LONGER_SERIES = TUBOIDS[0].replace(format_datetime(START), format_datetime(START - SHOT))
BAD_TUBOID = f"{_SERIES}.0009"

BUNDLES: dict[str, dict[str, bytes]] = {
    "old": {"config/config.yaml": b"a: 0", "data/one.svg": b"<svg></svg>"},
    "one": {"config/config.yaml": b"a: 1", "data/one.svg": b"<svg/>", "data/notes.doc": b""},
    "two": {"config/config.yaml": b"a: 1", "data/deeper/two.jpg": b"2", "output/model_final.pth": bytes(100)},
}


def write_fixtures(folder: Path) -> None:
    """Writes all of it: `images`, `tuboids` and `bundles`."""
    _write(folder / "images", IMAGES | BAD_IMAGES)
    for name in BUNDLES:
        _write(folder / "bundles" / name, BUNDLES[name])
    first, *_ = [write_tuboid(folder / "tuboids", number) for number in range(4)]
    shutil.copytree(first, first.with_name(TUBOID_OF_LONGER_SERIES))
    bad = write_tuboid(folder / "tuboids", 9)
    (bad / "context.jpg").write_bytes(b"\xff\xd8\xff")


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    for name, data in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
