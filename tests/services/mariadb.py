"""A MariaDB server."""

import contextlib
import getpass
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.services import Process, free_port, listens, run

_USER, _PASSWORD = "stickypi", "stickypi-password"
# mariadbd is in a folder that only root has on its path.
_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def missing() -> str | None:
    """What is missing here to run it, and how to get it; None if nothing is."""
    if not (_program("mariadbd") and _program("mariadb-install-db")):
        return "MariaDB is missing: apt-get install mariadb-server"
    if not find_spec("MySQLdb"):
        return "mysqlclient is missing: apt-get install libmariadb-dev pkg-config gcc, then bin/test"
    return None


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_PATH)


def connect(environment: Mapping[str, str]) -> Any:
    """A DB-API connection to the database of a server with this environment."""
    import MySQLdb

    return MySQLdb.connect(
        host=environment["MYSQL_HOST"],
        port=int(environment["MYSQL_PORT"]),
        user=environment["MYSQL_USER"],
        password=environment["MYSQL_PASSWORD"],
        database=environment["MYSQL_DATABASE"],
        charset="utf8mb4",
        connect_timeout=10,
    )


class MariaDB:
    """An empty server: a context manager.

    Args:
        version: what it says to be.
        durable: otherwise it is quick rather than safe: a kill may lose its last second.
    """

    def __init__(self, version: str | None = None, *, durable: bool = False) -> None:
        self.port = free_port()
        self._durable = durable
        self._options = [f"--version={version}"] if version else []

    def __enter__(self) -> "MariaDB":
        self._folder = tempfile.TemporaryDirectory(prefix="mariadb-")
        self._path = Path(self._folder.name)
        self._install()
        self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._folder.cleanup()

    def create_database(self, name: str) -> dict[str, str]:
        """Makes a database, and returns the environment of a server that uses it."""
        environment = {
            "MYSQL_HOST": "127.0.0.1",
            "MYSQL_PORT": str(self.port),
            "MYSQL_USER": _USER,
            "MYSQL_PASSWORD": _PASSWORD,
            "MYSQL_DATABASE": name,
        }
        with contextlib.closing(connect({**environment, "MYSQL_DATABASE": "mysql"})) as connection:
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return environment

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Stops it for a while; what it holds is there again afterwards."""
        self._process.stop()
        try:
            yield
        finally:
            self._start()

    @contextlib.contextmanager
    def killed(self) -> Iterator[None]:
        """The same without asking it to end."""
        self._process.kill()
        try:
            yield
        finally:
            self._start()

    def _install(self) -> None:
        (self._path / "users.sql").write_text(f"GRANT ALL ON *.* TO '{_USER}'@'%' IDENTIFIED BY '{_PASSWORD}';\n")
        run(
            str(_program("mariadb-install-db")),
            "--no-defaults",
            f"--user={getpass.getuser()}",
            f"--datadir={self._path / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            f"--tmpdir={self._path}",  # as below
            "--innodb-log-file-size=16M",
        )

    def _start(self) -> None:
        command = [
            str(_program("mariadbd")),
            "--no-defaults",
            f"--user={getpass.getuser()}",
            f"--datadir={self._path / 'data'}",
            f"--socket={self._path / 'socket'}",
            f"--tmpdir={self._path}",  # a server that starts clears what others have in theirs
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--init-file={self._path / 'users.sql'}",
            "--innodb-log-file-size=16M",
            f"--innodb-flush-log-at-trx-commit={int(self._durable)}",
            *self._options,
        ]
        self._process = Process(command, self._path / "log")
        self._process.wait_until(lambda: listens(self.port))
