"""Processor time of the server for one uploaded image, over the floor: what no server can do without."""

import argparse
import hashlib
import io
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import requests
from PIL import Image

from simulation.card import card, encode
from simulation.exif import with_exif
from simulation.fleet import Fleet
from sticky_pi_api.core.formats import image_name
from tests.services.server import ADMIN, Server

TARGET = 1.6
ROUNDS, IMAGES_PER_ROUND = 8, 10
_QUALITY = 98  # of a JPEG file: 2 MB, as the traps make them


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, help="folder of JPEG files to use instead of simulated ones")
    files = _named(parser.parse_args().images, (ROUNDS + 1) * IMAGES_PER_ROUND)
    rounds = [files[start : start + IMAGES_PER_ROUND] for start in range(0, len(files), IMAGES_PER_ROUND)]
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "data") as server:
        upload, *_ = _measures(server, rounds[0])  # the first round warms up
        measured = [_measures(server, each) for each in rounds[1:]]
    upload, floor = (sum(seconds) / ROUNDS / IMAGES_PER_ROUND for seconds in zip(*measured, strict=True))
    size = sum(len(data) for _, data in files) / len(files)
    print(f"{ROUNDS * IMAGES_PER_ROUND} images of {size / 1e6:.1f} MB, SQLite and files on disk")
    print(f"  server, all of the request            {upload * 1e3:6.1f} ms of processor time an image")
    print(f"  floor: md5, scaled decode, thumbnails {floor * 1e3:6.1f} ms")
    print(f"  ratio                                 {upload / floor:6.2f} (target: at most {TARGET})")


def _measures(server: Server, files: Sequence[tuple[str, bytes]]) -> tuple[float, float]:
    """Seconds of processor time: of the server for these files, and of the floor for the same."""
    before = server.cpu_seconds()
    with requests.Session() as session:
        session.auth = ADMIN
        for name, data in files:
            part = {name: (name, data, "image/jpeg")}
            session.post(f"{server.url}/_put_new_images", files=part, timeout=60).raise_for_status()
    after = server.cpu_seconds()
    start = time.process_time()
    for _, data in files:
        _floor(data)
    return after - before, time.process_time() - start


def _floor(data: bytes) -> None:
    hashlib.md5(data).hexdigest()
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (512, 384))
    for size in ((512, 384), (128, 96)):
        image.thumbnail(size)
        image.save(io.BytesIO(), "JPEG", quality=85)


def _named(folder: Path | None, number: int) -> list[tuple[str, bytes]]:
    """Names, all different, and contents."""
    contents = cycle([path.read_bytes() for path in sorted(folder.glob("*.jpg"))]) if folder else _simulated()
    start = datetime(2022, 6, 20)
    return [
        (image_name("5c173ff2", start + index * timedelta(minutes=20)), data)
        for index, data in enumerate(islice(contents, number))
    ]


def _simulated() -> Iterator[bytes]:
    """Pictures of two traps, one of each generation."""
    fleet = Fleet(n_devices=2, days=1)
    for shot in fleet.shots():
        yield with_exif(encode(card(shot.device, shot.size).planes(shot), _QUALITY), shot)


if __name__ == "__main__":
    main()
