"""The demo as a process."""

import signal
import sys
from pathlib import Path

from tests.services import Process, free_port, listens
from tests.services.server import environment_of


def test_a_terminated_demo_ends_its_server(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "simulation.demo", "--port", str(port), "--data-dir", tmp_path / "data"]
    demo = Process(command, tmp_path / "log", environment_of(tmp_path, {}))
    try:
        demo.wait_until(lambda: "uploads its pictures" in demo.log.read_text(), seconds=60)
        assert listens(port)
        demo.stop(20)
        assert demo.returncode == 128 + signal.SIGTERM
        assert not listens(port)
    finally:
        demo.kill()
