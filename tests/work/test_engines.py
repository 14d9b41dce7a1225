"""Detectors on engines, as docs/clusters.md has it, one worker killed: nothing is lost, or done twice."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.client import RemoteClient
from tests.client.samples import VERSION, write_image
from tests.conftest import require
from tests.contract.backends import remote_client
from tests.services import ROOT, slurm
from tests.services.server import ADMIN, Server, backends
from tests.services.slurm import Slurm

N_IMAGES = 40
DETECTOR = """
import json, sys, time

def find_contours(path):
    assert open(path, "rb").read(2) == b"\\xff\\xd8"
    time.sleep(0.1)
    return [[[1, 1], [5, 1], [3, 6]]]

if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps({"contours": find_contours(json.loads(line)["path"])}), flush=True)
"""
BLOCKS = dict(re.findall(r"```(bash|python)\n(.*?)```", (ROOT / "docs" / "clusters.md").read_text(), re.DOTALL))

pytestmark = [pytest.mark.slow, backends("mariadb-s3")]


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[RemoteClient]:
    (tmp_path / "detect.py").write_text(DETECTOR)
    with remote_client(server, tmp_path / "client") as found:
        found.put_images([write_image(tmp_path, number) for number in range(N_IMAGES)])
        yield found


def wait_until_some(server: Server, number: int) -> None:
    deadline = time.monotonic() + 60
    while server.select("SELECT COUNT(*) FROM uid_annotations") < [(number,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_done_once(server: Server) -> None:
    counts = "SELECT COUNT(*), COUNT(DISTINCT parent_image_id) FROM uid_annotations"
    assert server.select(counts) == [(N_IMAGES, N_IMAGES)]
    assert server.select("SELECT COUNT(*) FROM image_leases WHERE state <> 'done'") == [(0,)]


def test_dask(server: Server, client: RemoteClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dask.distributed import LocalCluster

    monkeypatch.chdir(tmp_path)
    place: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "protocol": "http", "lease": "10s"}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        found = {**place, "user": ADMIN[0], "password": ADMIN[1], "version": VERSION, "scheduler": cluster}

        def kill() -> None:
            wait_until_some(server, 4)
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

        found["kill"] = kill
        exec(BLOCKS["python"].replace("    done = ", "    kill()\n    done = "), found)
    assert sum(found["done"]) <= N_IMAGES
    assert_done_once(server)


def test_slurm(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    require(slurm)
    script = tmp_path / "detector.sh"
    recipe = BLOCKS["bash"].replace("--lease 10min", "--lease 10s")
    script.write_text(recipe.replace("python detect.py", f"{sys.executable} detect.py"))
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "STICKYPI_HOST": server.url,
        "STICKYPI_USERNAME": ADMIN[0],
        "STICKYPI_PASSWORD": ADMIN[1],
        "VERSION": VERSION,
    }
    with Slurm() as cluster:
        job = cluster.submit(script, environment)
        wait_until_some(server, 4)
        cluster.run("scancel", "--signal=KILL", "--full", f"{job}_2")
        deadline = time.monotonic() + 120
        while cluster.n_tasks():
            assert time.monotonic() < deadline, cluster.output(1)
            time.sleep(0.5)
        said = [cluster.output(task) for task in (1, 3, 4)]
    assert_done_once(server)
    assert all(re.search(r"\d+ done, 0 failures, 0 lost", each) for each in said), said
