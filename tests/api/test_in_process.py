"""A server in a script's process: which one it is, and what it says where it cannot be."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from sticky_pi_api.configuration import RemoteAPIConf
from sticky_pi_api.core.errors import Unavailable
from sticky_pi_api.specifications import RemoteAPI
from tests.contract.in_process import InProcess
from tests.services import ROOT
from tests.services.mariadb import MariaDB
from tests.services.server import ADMIN, Server, backends

IMPORTS = """
import sys
from sticky_pi_api.configuration import RemoteAPIConf
from sticky_pi_api.specifications import RemoteAPI
from sticky_pi_api.core.errors import InvalidInput
"""
ONE_CONFIGURATION = """
for _ in range(2):
    print([row["username"] for row in RemoteAPI(RemoteAPIConf()).get_users()])
try:
    RemoteAPI(RemoteAPIConf(STICKYPI_DATA_DIR=sys.argv[1]))
except InvalidInput as error:
    print(error)
print(len(RemoteAPI(RemoteAPIConf(), "what else", older="tools gave").get_users()))
"""
INCOMPLETE = """
for values in ({"S3_HOST": "s3.example.org"}, {"STICKYPI_DATA_DIR": sys.argv[1]}):
    try:
        RemoteAPI(RemoteAPIConf(**values))
    except InvalidInput as error:
        print(error)
"""
NO_SERVER = """
import pathlib
sys.path = [folder for folder in sys.path if not list(pathlib.Path(folder or ".").glob("sticky_pi_server*"))]
try:
    RemoteAPI(RemoteAPIConf())
except ModuleNotFoundError as error:
    print(error)
"""


def run(server: Server, script: str, folder: Path) -> list[str]:
    """The lines that a script writes, in a process with the environment of a server, its secret in a file."""
    environment = server.script_environment()
    (folder / "secret").write_text(environment.pop("SECRET_API_KEY"))
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + script, folder],
        cwd=folder,
        env={**environment, "SECRET_API_KEY_FILE": str(folder / "secret")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@backends("sqlite-disk")
def test_a_process_has_one_configuration(server: Server, tmp_path: Path) -> None:
    first, second, refused, after = run(server, ONE_CONFIGURATION, tmp_path)
    assert first == second == f"['{ADMIN[0]}']" and after == "1"
    assert "one process has one configuration" in refused


@backends("sqlite-disk")
def test_what_is_missing_is_said(server: Server, tmp_path: Path) -> None:
    incomplete, empty = run(server, INCOMPLETE, tmp_path)
    assert "S3_ACCESS_KEY and S3_PRIVATE_KEY and S3_BUCKET_NAME must be set too" in incomplete
    assert "manage.py migrate" in empty
    (absent,) = run(server, NO_SERVER, tmp_path)
    assert "no Sticky Pi server is installed here" in absent


@backends("mariadb-disk")
def test_a_database_that_is_away_comes_back(server: Server, mariadb: MariaDB, tmp_path: Path) -> None:
    with InProcess(server, tmp_path) as client:
        assert len(client.get_users()) == 1
        with mariadb.away(), pytest.raises(Unavailable, match="database"):
            client.get_users()
        assert len(client.get_users()) == 1


def test_every_app_is_in_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ours = {app.name for app in apps.get_app_configs() if Path(app.path).parent == ROOT}
    assert set(project["tool"]["setuptools"]["packages"]) == ours


@pytest.mark.django_db
def test_where_django_runs_already() -> None:
    """As in `manage.py shell`."""
    conf = RemoteAPIConf(STICKYPI_DATA_DIR=settings.CONFIGURATION.data_dir)
    assert [row["username"] for row in RemoteAPI(conf).get_users()] == [ADMIN[0]]
