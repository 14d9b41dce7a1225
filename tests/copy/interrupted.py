"""Copies by the command that are killed again and again; and what a server was asked for meanwhile."""

import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from simulation.card import card, encode
from simulation.exif import with_exif
from simulation.fleet import Fleet
from sticky_pi_api.client import LocalClient
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.md5s import file_md5
from tests.services import Process
from tests.services.server import ADMIN, Server

N_THREADS = 8
_DEVICES = ("0a5bb6f4", "5c173ff2", "5c173ff3")
_START = datetime(2022, 6, 20)
_UPLOADS = 100
_REQUEST = re.compile(r'"(\w+) (\S+) \S+" (\d+)')


def pictures(size: tuple[int, int], quality: int = 90) -> Iterator[bytes]:
    """Pictures without end, no two of the same bytes."""
    shots = [shot for shot, _ in zip(Fleet(n_devices=2, days=1, size=size).shots(), range(10), strict=False)]
    drawn = [with_exif(encode(card(shot.device, shot.size).planes(shot), quality), shot) for shot in shots]
    for number in count():
        data = drawn[number % len(drawn)]
        comment = b"\xff\xfe\0\x0a" + number.to_bytes(8)
        yield data[:2] + comment + data[2:]


def names(n: int) -> Iterator[str]:
    """Names of the images of a few traps over time."""
    for number in range(n):
        moment, device = divmod(number, len(_DEVICES))
        yield image_name(_DEVICES[device], _START + moment * timedelta(minutes=20))


def fill_folder(folder: Path, n: int, size: tuple[int, int], quality: int = 90) -> None:
    """A folder of a LocalClient with so many images."""
    files = zip(names(n), pictures(size, quality), strict=False)
    with LocalClient(folder) as client:
        for chunk in chunker(files, _UPLOADS):
            with tempfile.TemporaryDirectory() as written:
                paths = [Path(written) / name for name, _ in chunk]
                for path, (_, data) in zip(paths, chunk, strict=True):
                    path.write_bytes(data)
                client.put_images(paths)


def logging_requests(log: Path) -> dict[str, str]:
    """The setting of a server that logs its requests there."""
    return {"GUNICORN_CMD_ARGS": f"--access-logfile={log}"}


def requests_of(log: Path, method: str, start: str) -> Counter[str]:
    """path -> how often it was asked for, of the requests that were answered with success."""
    found = [_REQUEST.search(line) for line in log.read_text().splitlines()]
    return Counter(
        each[2] for each in found if each and each[1] == method and each[2].startswith(start) and each[3] < "3"
    )


def environment(server: Server, cache: Path) -> dict[str, str]:
    """That of the command, for a server."""
    username, password = ADMIN
    who = {"STICKYPI_USERNAME": username, "STICKYPI_PASSWORD": password}
    return {**os.environ, **who, "STICKYPI_HOST": server.url, "XDG_CACHE_HOME": str(cache)}


def copy_killed(
    source: str, target: str, variables: Mapping[str, str], log: Path, n_there: Callable[[], int], n: int, kills: int
) -> int:
    """Copies, killed so many times at moments that `n_there` tells, out of `n`. Returns the status of the last run."""
    command = [Path(sys.executable).with_name("sticky-pi"), "copy", source, target, f"--threads={N_THREADS}"]
    rng = random.Random(n)
    for number in range(kills):
        enough = int(n * (number + rng.random()) / kills * 0.95)
        process = Process(command, log, variables)
        process.wait_until(lambda enough=enough: n_there() > enough, 600)
        process.kill()
    return subprocess.run(command, env=variables, capture_output=True, timeout=1800).returncode


def tree(folder: Path) -> dict[str, str]:
    """The files of a folder of a LocalClient's by storage key: their md5s."""
    return {
        str(path.relative_to(folder)): file_md5(path)
        for name in ("raw_images", "tiled_tuboids", "ml")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }
