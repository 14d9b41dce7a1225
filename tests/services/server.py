"""The server itself, as a site runs it: `manage.py migrate`, then gunicorn."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from tests.services import ROOT, Process, free_port
from tests.services.contents import Contents

BACKENDS = ("sqlite-disk", "mariadb-disk", "mariadb-s3")
ADMIN = ("admin", "admin-password")
_OURS = ("API_", "MYSQL_", "S3_", "SECRET_", "STICKYPI_", "DJANGO_")
_QUICK = {"DJANGO_SETTINGS_MODULE": "tests.services.settings"}
_TICKS = os.sysconf("SC_CLK_TCK")
_LOG_SHOWN = 4000


def backends(*names: str) -> pytest.MarkDecorator:
    """Runs a test with the server of these of `BACKENDS` only."""
    return pytest.mark.parametrize("server", names, indirect=True)


def environment_of(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server: this one's without its settings, and those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {
        **kept,
        "PYTHON_DOTENV_DISABLED": "1",
        "STICKYPI_DATA_DIR": str(data_dir),
        "SECRET_API_KEY": "a secret for the tests only",
        "API_ADMIN_NAME": ADMIN[0],
        "API_ADMIN_PASSWORD": ADMIN[1],
        **settings,
    }


class Server:
    """A running server: a context manager. Started, its database has the administrator `ADMIN` and nothing else.

    Args:
        data_dir: its folder; made if absent.
        settings: environment variables, over those of SQLite and files on disk.
        workers: processes that serve.
    """

    _static: ClassVar[Path | None] = None

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None, *, workers: int = 2) -> None:
        self.data_dir = data_dir
        self.environment = environment_of(data_dir, {**_QUICK, **(settings or {})})
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self._workers = workers
        self._contents = Contents(self.environment)
        self._log_read = 0

    def __enter__(self) -> "Server":
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.manage("migrate")
        self._collect_static()
        self.start()
        self.remember()
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        command = [
            *(sys.executable, "-m", "gunicorn", "stickypi.wsgi:application", f"--bind=127.0.0.1:{self.port}"),
            *("--worker-class=gthread", f"--workers={self._workers}", "--threads=8", "--graceful-timeout=5"),
            "--no-control-socket",  # it would be the same for all servers of a user
        ]
        self._process = Process(command, self.log, self.environment)
        self._process.wait_until(self._answers, 60)

    def stop(self) -> None:
        """Stops it as a site does: requests that it has begun are answered."""
        self._process.stop()

    def kill(self) -> None:
        """Kills it and its workers in the middle of what they do."""
        self._process.kill()

    def restart(self) -> None:
        """Stops and starts it, at the same address."""
        self.stop()
        self.start()

    def manage(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs `manage.py` with the server's settings. Raises CalledProcessError if it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
            error.add_note(done.stdout + done.stderr)
            raise error
        return done

    def script_environment(self) -> dict[str, str]:
        """Its environment for scripts beside it: without the settings of the tests."""
        return {name: value for name, value in self.environment.items() if name not in _QUICK}

    def remember(self) -> None:
        """Makes the present rows (users made for many tests, say) those that `reset` puts back."""
        self._contents.remember()

    def reset(self) -> None:
        """Puts rows back to those remembered, and removes all files, within milliseconds."""
        self._contents.restore()
        self._log_read = self.log.stat().st_size

    def files(self) -> set[str]:
        """The storage keys of all files."""
        return self._contents.files()

    def select(self, statement: str) -> list[tuple[Any, ...]]:
        """What its database answers."""
        return self._contents.select(statement)

    def execute(self, statement: str) -> None:
        """Writes to its database, past it."""
        self._contents.execute(statement)

    def recent_log(self) -> str:
        """The end of what it logged since the last reset."""
        return self.log.read_bytes()[self._log_read :][-_LOG_SHOWN:].decode(errors="replace")

    def workers(self) -> list[int]:
        """The ids of the processes that serve."""
        return _children(self._process.pid)

    def memory(self) -> int:
        """Bytes of memory that its workers hold (resident)."""
        return sum(map(_resident, self.workers()))

    def cpu_seconds(self) -> float:
        """Seconds of processor time, user and system, that it and its workers have used."""
        pids = [self._process.pid, *self.workers()]
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in pids) / _TICKS

    def _collect_static(self) -> None:
        """What the first server has collected does for all: it takes seconds."""
        static = self.data_dir / "static"
        if Server._static is not None and Server._static.is_dir():
            static.symlink_to(Server._static)
        else:
            self.manage("collectstatic", "--noinput")
            Server._static = static

    def _answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(self.url, allow_redirects=False, timeout=60).status_code < 500
        return False


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state) on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
