"""The demo: a server as a site runs it, filled through the client with what a simulated fleet sends. See `bin/demo`."""

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulation.demo_data import DAYS, summary, upload
from sticky_pi_api.client import RemoteClient

ROOT = Path(__file__).resolve().parent.parent
ADMIN = "admin"
_OTHER_SETTINGS = ("MYSQL_", "S3_", "SECRET_API_KEY", "API_ADMIN_", "STICKYPI_")


def main() -> None:
    """Starts the server, fills it, shows what is there, and serves until interrupted."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # unwinds, and so ends the server too
    environment = _environment(options.data_dir)
    _manage(environment, "migrate", "--verbosity=0")
    _manage(environment, "collectstatic", "--noinput", "--verbosity=0")
    _manage(environment, "remove_orphan_files", "--verbosity=0")
    password = environment["API_ADMIN_PASSWORD"]
    with _server(environment, options.port) as server, tempfile.TemporaryDirectory() as cache:
        with RemoteClient(cache, "127.0.0.1", ADMIN, password, protocol="http", port=options.port) as client:
            start = _start(options.data_dir)
            upload(client, start)
            print("\n" + summary(client, start))
        print(f"\nOpen http://127.0.0.1:{options.port}/ and log in as {ADMIN!r} with the password {password!r}.")
        print("It is for this machine only: on the open net a proxy belongs before it (README, Run a site).")
        if options.serve:
            print("Ctrl-C ends it.", flush=True)
            server.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description="A Sticky Pi server with a simulated fleet of traps.")
    parser.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "demo-data", metavar="DIR", help="default: demo-data")
    parser.add_argument("--no-serve", dest="serve", action="store_false", help="end when the fleet is uploaded")
    return parser.parse_args()


def _environment(data_dir: Path) -> dict[str, str]:
    """The embedded default in a folder of its own, whatever the environment or a .env says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHER_SETTINGS)}
    return {
        **kept,
        "PYTHON_DOTENV_DISABLED": "1",
        "STICKYPI_DATA_DIR": str(data_dir.resolve()),
        "API_ADMIN_NAME": ADMIN,
        "API_ADMIN_PASSWORD": _password(data_dir),
    }


def _password(data_dir: Path) -> str:
    """A random password, made at the first start and kept."""
    path = data_dir / "admin_password"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    return path.read_text()


def _start(data_dir: Path) -> datetime:
    """When the fleet began, naive UTC: at the first start, two days before."""
    path = data_dir / "fleet_start"
    if not path.exists():
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        path.write_text((hour - timedelta(days=DAYS)).isoformat())
    return datetime.fromisoformat(path.read_text())


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)


@contextlib.contextmanager
def _server(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gunicorn", "stickypi.wsgi", f"--bind=127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class=gthread", "--workers=2", "--threads=8", "--log-level=warning"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        _wait_for(server, port)
        yield server
    except KeyboardInterrupt:
        print()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait_for(server: subprocess.Popen[bytes], port: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"The server did not start. Is port {port} in use? Another one: bin/demo --port 8001")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=10).close()
            return
        time.sleep(0.1)
    sys.exit(f"The server did not answer within {seconds:.0f} s")


if __name__ == "__main__":
    main()
