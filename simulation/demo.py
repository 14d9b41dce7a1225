"""The demo: a server as a site runs it, filled through the client with what a simulated fleet sends. See `bin/demo`."""

import argparse
import contextlib
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulation.demo_data import has_images, summary, upload, upload_project, write_table
from simulation.season import DAYS, Season
from sticky_pi_api.client import RemoteClient

ROOT = Path(__file__).resolve().parent.parent
ADMIN = "admin"
_PROCESSES = 2
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
    with _server(environment, options.port) as server, _worker(environment):
        with _client(options.port, password) as client:
            season = Season(_start(options.data_dir))
            _fill(environment, client, season, options.port)
            print("\n" + summary(client, season))
        print(f"\nOpen http://127.0.0.1:{options.port}/ and log in as {ADMIN!r} with the password {password!r}.")
        print("It is for this machine only: on the open net a proxy belongs before it (README, Run a site).")
        if options.serve:
            print("Ctrl-C ends it.", flush=True)
            server.wait()


@contextlib.contextmanager
def _client(port: int, password: str) -> Iterator[RemoteClient]:
    with (
        tempfile.TemporaryDirectory() as cache,
        RemoteClient(cache, "127.0.0.1", ADMIN, password, protocol="http", port=port) as client,
    ):
        yield client


def _fill(environment: dict[str, str], client: RemoteClient, season: Season, port: int) -> None:
    """Uploads what is not there yet, some traps at a time."""
    password = environment["API_ADMIN_PASSWORD"]
    upload_project(client, season)
    traps = [(port, password, season.start, number) for number in range(len(season.devices))]
    with multiprocessing.get_context("spawn").Pool(_PROCESSES, _ignore_interrupts) as pool:
        uploads = pool.imap_unordered(_upload_trap, traps)
        if not has_images(client, season):
            with tempfile.TemporaryDirectory() as folder:
                table = Path(folder) / "images.csv"
                write_table(season, table)
                _manage(environment, "import_images", str(table), f"--user={ADMIN}")
        for _ in uploads:
            pass


def _ignore_interrupts() -> None:
    """Ctrl-C ends the demo, and the demo its processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _upload_trap(arguments: tuple[int, str, datetime, int]) -> None:
    port, password, start, number = arguments
    season = Season(start)
    with _client(port, password) as client:
        upload(client, season, season.devices[number])


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
        "STICKYPI_DEMO": "1",
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
    """When the fleet began, naive UTC: at the first start, a season before."""
    path = data_dir / "fleet_start"
    if not path.exists():
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        path.write_text((hour - timedelta(days=DAYS)).isoformat())
    return datetime.fromisoformat(path.read_text())


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)


@contextlib.contextmanager
def _server(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "stickypi.wsgi",
        f"--bind=127.0.0.1:{port}",
        "--no-control-socket",
        "--keep-alive=60",
    ]
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


@contextlib.contextmanager
def _worker(environment: dict[str, str]) -> Iterator[None]:
    """What makes the exports that users ask for."""
    command = [sys.executable, "manage.py", "run_jobs", "--verbosity=0"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def _wait_for(server: subprocess.Popen[bytes], port: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"The server did not start. Is port {port} in use? Another one: bin/demo --port 8001")
        with contextlib.suppress(OSError):  # refused, reset, or slow
            urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=10).close()
            return
        time.sleep(0.1)
    sys.exit(f"The server did not answer within {seconds:.0f} s")


if __name__ == "__main__":
    main()
