"""What `sticky-pi` says, as docs/command.md has it: a small site, and commands run in a shell beside it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sticky_pi_api.client import RemoteClient
from tests.analysis.season import DAYS, DEVICES, START, Season, upload
from tests.client.samples import write_image
from tests.services.server import ADMIN, Server

# The shortest detector: docs/work.md has it too.
DETECTOR = """import json, sys

for line in sys.stdin:
    image = json.loads(line)
    print(json.dumps({"contours": [[[1, 1], [9, 1], [5, 9]]]}), flush=True)
"""


def site(server: Server, folder: Path) -> Callable[[str], str]:
    """Fills a server. Returns what runs a command, in a folder, and says what it wrote."""
    with RemoteClient(folder / "client", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        upload(client, Season(), folder / "files")
        (project,) = client.put_projects([{"name": "Hedges"}])
        span = {"start_datetime": START, "end_datetime": START.replace(day=START.day + DAYS)}
        client.put_project_series([{"project_id": project["id"], "device": DEVICES[0], **span}])
    work = folder / "work"
    (work / "detector" / "config").mkdir(parents=True)
    (work / "detector" / "config" / "config.yaml").write_text("a: 1\n")
    (work / "password").write_text(ADMIN[1])
    (work / "detect.py").write_text(DETECTOR)
    write_image(work / "card")
    environment = _environment(server, folder)

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=work, env=environment, capture_output=True, text=True, timeout=120
        )
        assert "Traceback" not in done.stderr, done.stderr
        lines = (done.stdout + done.stderr).splitlines()
        return "".join(f"{line.rstrip()}\n" for line in lines if line.strip())

    return run


def _environment(server: Server, folder: Path) -> dict[str, str]:
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    who = {"STICKYPI_HOST": server.url, "STICKYPI_USERNAME": ADMIN[0], "STICKYPI_PASSWORD": ADMIN[1]}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    keyring = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring"}
    return {**os.environ, **homes, **who, **keyring, "PATH": path, "COLUMNS": "120", "TERM": "dumb"}
