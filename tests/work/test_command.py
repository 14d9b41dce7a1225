"""`sticky-pi work`, in a folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import LocalClient
from sticky_pi_api.detector import NAME

SHOTS = list(Fleet(n_devices=1, days=0.2, size=(1296, 972)).shots())[:6]
PROGRAM = Path(sys.executable).parent / "sticky-pi"
ODD = """
import json, sys, time
for line in sys.stdin:
    image = json.loads(line)
    minute = image["datetime"][14:16]
    assert open(image["path"], "rb").read(2) == b"\\xff\\xd8"
    number = int(image["id"])
    if number == 1:
        print(json.dumps({"error": "too dark"}), flush=True)
    elif number == 2:
        raise ValueError("cannot see")
    elif number == 3:
        print("[]", flush=True)
    elif number == 4:
        time.sleep(30)
    else:
        print(json.dumps({"contours": [[[1, 1], [9, 1], [5, 9]]] * number}), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    files.mkdir()
    for shot in SHOTS:
        (files / shot.name).write_bytes(render(shot))
    with LocalClient(tmp_path / "folder") as client:
        client.put_images(sorted(files.iterdir()))
    (tmp_path / "odd.py").write_text(ODD)
    return tmp_path / "folder"


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [PROGRAM, "work", "-p", str(folder), "--until-empty", *arguments]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, timeout=120)


def test_the_reference_detector(folder: Path) -> None:
    done = run(folder, "--detector", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"{len(SHOTS)} done, 0 failures, 0 lost to others")
    assert run(folder, "--detector").stderr.startswith("0 done, 0 failures")
    with LocalClient(folder) as client:
        found = [row["n_objects"] for row in client.annotations(algo_name=NAME)]
    assert len(found) == len(SHOTS) and sum(found) > 0


def test_commands_that_fail(folder: Path) -> None:
    command = f"{sys.executable} odd.py"
    done = run(folder, "--name", "odd", "--version", "1", "--command", command, "--timeout", "2", "--workers", "2")
    assert done.returncode == 1 and "2 done, 12 failures, 0 lost" in done.stderr, done.stderr
    for reason in ("too dark", "ended with 1: ", "ValueError: cannot see", "not a JSON object", "within 2 s"):
        assert reason in done.stderr
    with LocalClient(folder) as client:
        assert sorted(row["n_objects"] for row in client.annotations(algo_name="odd")) == [5, 6]


def test_a_worker_that_is_stopped_gives_back(folder: Path) -> None:
    command = f"{sys.executable} -c 'import time; time.sleep(60)'"
    arguments = ["work", "-p", str(folder), "--name", "slow", "--version", "1", "--command", command]
    running = subprocess.Popen([PROGRAM, *arguments], stderr=subprocess.PIPE, text=True, env=os.environ)
    with LocalClient(folder) as client:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _n_held(client):
            time.sleep(0.1)
        assert _n_held(client) == len(SHOTS)
        running.send_signal(signal.SIGTERM)
        said = running.communicate(timeout=30)[1]
        assert "stopping" in said and _n_held(client) == 0
        assert len([item for item in client.work("slow", "1") if item.done([])]) == len(SHOTS)


def _n_held(client: LocalClient) -> int:
    with client._store.reading() as rows:
        return rows.ask("SELECT count(*) FROM image_leases WHERE token <> ''", {}).fetchone()[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--command or --detector"),
        (("--command", "x", "--detector"), "--command or --detector"),
        (("--command", "x"), "--name and --version"),
        (("--detector", "--workers", "0"), "1 to 64"),
        (("--detector", "--lease", "soon"), "30min"),
        (("--name", "a", "--version", "1", "--command", "no-such-program"), "no-such-program"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    with LocalClient(tmp_path / "folder") as client:
        client.put_images([])
    done = run(tmp_path / "folder", *arguments)
    assert says in done.stderr and "Traceback" not in done.stderr
