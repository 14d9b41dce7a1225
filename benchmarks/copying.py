"""`sticky_pi_api.copy` over bare threaded loops of the same requests: folder to server, and server to folder."""

import argparse
import hashlib
import shutil
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.measuring import seconds
from sticky_pi_api.client import LocalClient
from sticky_pi_api.copy import copy
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.core.layout import IMAGE_SUFFIXES
from tests.client.samples import EVERYTHING
from tests.contract.backends import remote_client
from tests.copy.interrupted import (
    N_THREADS,
    copy_killed,
    environment,
    fill_folder,
    logging_requests,
    requests_of,
    tree,
)
from tests.services.server import ADMIN, Server

TARGET = 0.9
KILLS, ROUNDS = 3, 3
SIZE, QUALITY = (1296, 972), 90

_session = threading.local()


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=5000, help="there and back, killed three times each way")
    parser.add_argument("--measured", type=int, default=1500, help="of each copy that is timed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        access = folder / "access.log"
        with Server(folder / "data", logging_requests(access)) as server:
            _measure(server, folder / "measured", options.measured)
            server.reset()
            _there_and_back(server, folder / "killed", options.images, access)


def _measure(server: Server, folder: Path, n: int) -> None:
    source = folder / "source"
    fill_folder(source, n, SIZE, QUALITY)
    n_bytes = sum(path.stat().st_size for path in source.rglob("*.jpg"))
    print(f"{n} images of {n_bytes / n / 1e6:.2f} MB, {N_THREADS} threads, SQLite and files on disk")
    with LocalClient(source, N_THREADS) as local:
        rows = local.get_image_series(EVERYTHING, "image")
        ups = _timed_in_turn(lambda: _send_all(server, rows), lambda: _up(server, local, folder), server.reset)
        _report("folder -> server", ups, n)
        downs = _timed_in_turn(
            lambda: _fetch_all(server, folder / "bare"),
            lambda: _down(server, folder),
            lambda: [shutil.rmtree(folder / each, ignore_errors=True) for each in ("bare", "mirror", "cache")],
        )
        _report("server -> folder", downs, n)


def _timed_in_turn(bare: Callable[[], Any], ours: Callable[[], Any], prepare: Callable[[], Any]) -> tuple[float, float]:
    """Medians of seconds."""
    measured: list[list[float]] = [[], []]
    for number in range(ROUNDS):
        # Whoever comes second finds files in the system's cache.
        for index in (0, 1) if number % 2 else (1, 0):
            prepare()
            measured[index].append(seconds((bare, ours)[index]))
    return statistics.median(measured[0]), statistics.median(measured[1])


def _report(way: str, medians: tuple[float, float], n: int) -> None:
    bare, ours = medians
    rates = f"bare loop {n / bare:7.1f} images/s, copy {n / ours:7.1f}"
    print(f"  {way}: {rates}, ratio {bare / ours:5.2f} (target: at least {TARGET})")


def _up(server: Server, local: LocalClient, folder: Path) -> None:
    with remote_client(server, folder / "cache") as remote:
        assert copy(local, remote, what=["images"], n_threads=N_THREADS).is_whole


def _down(server: Server, folder: Path) -> None:
    with (
        remote_client(server, folder / "cache", n_threads=N_THREADS) as remote,
        LocalClient(folder / "mirror") as mirror,
    ):
        assert copy(remote, mirror, what=["images"], n_threads=N_THREADS).is_whole


def _send_all(server: Server, rows: list[dict[str, Any]]) -> None:
    token = _ask(server, "get_token", None)["token"]

    def send(row: dict[str, Any]) -> None:
        name, data = image_name(row["device"], row["datetime"]), Path(row["url"]).read_bytes()
        fields = {f"{name}.md5": hashlib.md5(data).hexdigest()}
        headers = {"Authorization": f"Bearer {token}"}
        part = {name: (name, data, "image/jpeg")}
        answer = _own_session().post(
            f"{server.url}/_put_new_images", data=fields, files=part, headers=headers, timeout=60
        )
        answer.raise_for_status()
        assert answer.json()[0]["md5"] == row["md5"]

    _all(send, rows)


def _fetch_all(server: Server, folder: Path) -> None:
    info = [{name: str(value) for name, value in EVERYTHING[0].items()}]
    wanted = [
        (row, suffix)
        for what, suffix in IMAGE_SUFFIXES.items()
        for row in _ask(server, f"get_image_series/{what}", info)
    ]

    def fetch(job: tuple[dict[str, Any], str]) -> None:
        row, suffix = job
        data = _own_session().get(row["url"], timeout=60).content
        assert suffix or hashlib.md5(data).hexdigest() == row["md5"]
        path = folder / row["device"] / f"{row['device']}.{row['datetime']}.jpg{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    _all(fetch, wanted)


def _ask(server: Server, operation: str, info: Any) -> Any:
    answer = requests.post(f"{server.url}/{operation}", json=info, auth=ADMIN, timeout=120)
    answer.raise_for_status()
    return answer.json()


def _own_session() -> requests.Session:
    if not hasattr(_session, "own"):
        _session.own = requests.Session()
    session: requests.Session = _session.own
    return session


def _all(function: Callable[[Any], None], jobs: Iterable[Any]) -> None:
    with ThreadPoolExecutor(N_THREADS) as pool:
        for _ in pool.map(function, jobs):
            pass


def _there_and_back(server: Server, folder: Path, n: int, access: Path) -> None:
    first, second = folder / "first", folder / "second"
    fill_folder(first, n, SIZE, QUALITY)
    before = requests_of(access, "POST", "/_put_new_images").total(), requests_of(access, "GET", "/files/").total()
    command = environment(server, folder / "cache"), folder / "copy.log"

    def n_rows() -> int:
        return int(server.select("SELECT count(*) FROM images")[0][0])

    def n_files() -> int:
        return sum(1 for _ in second.rglob("*.jpg"))

    statuses = [
        copy_killed(str(first), server.url, *command, n_rows, n, KILLS),
        copy_killed(server.url, str(second), *command, n_files, n, KILLS),
    ]
    sent = requests_of(access, "POST", "/_put_new_images").total() - before[0]
    fetched = requests_of(access, "GET", "/files/").total() - before[1]
    print(f"{n} images folder -> server -> folder, each way killed {KILLS} times: status {statuses}")
    print(f"  uploads stored {sent}; downloads {fetched}, {fetched - 3 * n} more than files")
    print(f"    (on their way at a kill: up to {KILLS * N_THREADS})")
    print(f"  trees are the same to the byte: {tree(first) == tree(second)}")


if __name__ == "__main__":
    main()
