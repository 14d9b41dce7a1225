"""Many workers, of which some are killed: everything is done once."""

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from tests.client.samples import DEVICE, START, VERSION
from tests.services.server import ADMIN, Server, backends

N_IMAGES, N_WORKERS, N_KILLED = 2000, 50, 10
LEASE = 60  # seconds: these workers extend nothing, and a busy machine is slow
WORKER = Path(__file__).with_name("worker.py")

pytestmark = [pytest.mark.slow, backends("sqlite-disk", "mariadb-disk")]


def fill(server: Server) -> None:
    moments = (START + number * timedelta(minutes=20) for number in range(N_IMAGES))
    md5 = "0" * 32
    rows = [f"('{DEVICE}', '{moment}', '{md5}', 4, 3, '2022-01-01 00:00:00', '1')" for moment in moments]
    columns = "device, datetime, md5, width, height, datetime_created, api_version"
    server.execute(f"INSERT INTO images ({columns}) VALUES {', '.join(rows)}")


def stored(said: str) -> list[int]:
    return [int(line.split()[1]) for line in said.splitlines() if line.startswith("stored")]


def test_all_is_done_once(server: Server, tmp_path: Path) -> None:
    fill(server)
    token = requests.post(f"{server.url}/get_token", auth=ADMIN, timeout=60).json()["token"]
    arguments = [sys.executable, "-S", str(WORKER), f"127.0.0.1:{server.port}", token, VERSION, str(LEASE)]
    outputs = [tmp_path / str(number) for number in range(N_WORKERS)]
    began = time.monotonic()
    workers = [subprocess.Popen(arguments, stdout=path.open("w"), stderr=subprocess.STDOUT) for path in outputs]
    victims = random.Random(1).sample(range(N_WORKERS), N_KILLED)
    for number in victims:
        while "stored" not in outputs[number].read_text() and workers[number].poll() is None:
            time.sleep(0.01)
        workers[number].send_signal(signal.SIGKILL)  # most of what it leased is not done
    for worker in workers:
        worker.wait(timeout=300)
    seconds = time.monotonic() - began
    assert [worker.returncode for number, worker in enumerate(workers) if number not in victims] == [0] * 40
    said = [path.read_text() for path in outputs]
    acknowledged = [pk for each in said for pk in stored(each)]
    assert len(set(acknowledged)) == len(acknowledged), "done twice"
    annotated = "SELECT COUNT(*), COUNT(DISTINCT parent_image_id) FROM uid_annotations"
    assert server.select(annotated) == [(N_IMAGES, N_IMAGES)], "lost"
    assert not [line for each in said for line in each.splitlines() if line.startswith("refused")], "wasted"
    given_again = server.select("SELECT COUNT(*) FROM image_leases WHERE attempts > 1")
    calls = [float(line.split()[2]) for each in said for line in each.splitlines() if line.startswith("leased")]
    assert given_again > [(0,)], "some were killed with a lease"
    sys.stdout.write(
        f"{N_IMAGES / seconds:.0f} images a second, {given_again[0][0]} given again, {len(calls)} calls of "
        f"{1000 * sum(calls) / len(calls):.0f} ms (longest {1000 * max(calls):.0f} ms)\n"
    )
