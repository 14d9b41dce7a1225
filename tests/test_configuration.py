"""The configuration: what is missing or contradicts stops the start, with a message that says which and how."""

import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from stickypi import env
from tests.services import ROOT
from tests.services.mariadb import MariaDB
from tests.services.server import Server, backends, environment_of

MARIADB = {"MYSQL_HOST": "db", "MYSQL_USER": "u", "MYSQL_PASSWORD": "p", "MYSQL_DATABASE": "d"}
S3 = {"S3_HOST": "s3.example.org", "S3_ACCESS_KEY": "k", "S3_PRIVATE_KEY": "s", "S3_BUCKET_NAME": "b"}
SECRET = {"SECRET_API_KEY": "0123456789abcdef"}


def test_without_any_setting_all_is_in_one_folder(tmp_path: Path) -> None:
    first, second = env.read({}, tmp_path), env.read({}, tmp_path)
    assert first == second and first.data_dir == tmp_path / "data"
    assert (first.mysql, first.s3, first.admin, first.debug, first.https) == (None, None, None, False, False)
    assert len(first.secret_key) == 64 and (first.data_dir / "secret_key").stat().st_mode & 0o777 == 0o600
    assert env.read({}, tmp_path / "other").secret_key != first.secret_key


def test_servers_are_taken(tmp_path: Path) -> None:
    given = env.read({**MARIADB, **S3, **SECRET, "MYSQL_PORT": "3307", "S3_REGION": "r"}, tmp_path)
    assert given.mysql == env.MySQL("db", 3307, "u", "p", "d")
    assert given.s3 == env.S3("https://s3.example.org", "k", "s", "b", "r")
    assert env.read({**S3, **SECRET, "S3_HOST": "http://127.0.0.1:9000/"}, tmp_path).s3.endpoint_url == (
        "http://127.0.0.1:9000"
    )


def test_proxies_are_a_number_or_networks(tmp_path: Path) -> None:
    def proxies(**settings: str) -> object:
        return env.read(settings, tmp_path).trusted_proxies

    assert (proxies(), proxies(STICKYPI_HTTPS="1"), proxies(STICKYPI_TRUSTED_PROXIES="2")) == (0, 1, 2)
    assert proxies(STICKYPI_TRUSTED_PROXIES="10.0.0.0/8, ::1") == [ip_network("10.0.0.0/8"), ip_network("::1")]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({**MARIADB}, "SECRET_API_KEY is missing"),
        ({**S3}, "SECRET_API_KEY is missing"),
        ({"SECRET_API_KEY": "short"}, "SECRET_API_KEY is too short"),
        ({**MARIADB, **SECRET, "MYSQL_USER": ""}, "MYSQL_HOST is set, so MYSQL_USER"),
        ({**SECRET, "MYSQL_DATABASE": "d"}, "MYSQL_DATABASE set without MYSQL_HOST"),
        ({**S3, **SECRET, "S3_BUCKET_NAME": ""}, "S3_HOST is set, so S3_BUCKET_NAME"),
        ({**SECRET, "S3_ACCESS_KEY": "k"}, "S3_ACCESS_KEY set without S3_HOST"),
        ({**MARIADB, **SECRET, "MYSQL_PORT": "x"}, "MYSQL_PORT='x' is not a port"),
        ({"STICKYPI_DEBUG": "perhaps"}, "STICKYPI_DEBUG='perhaps' is neither on nor off"),
        ({"STICKYPI_ACCEL_REDIRECT": "stored"}, "STICKYPI_ACCEL_REDIRECT='stored' is not an internal location"),
        ({"STICKYPI_DATETIME_FORMAT": "ISO"}, "STICKYPI_DATETIME_FORMAT='ISO' is not a form of datetimes"),
        ({"API_ADMIN_NAME": "admin"}, "API_ADMIN_NAME and API_ADMIN_PASSWORD go together"),
        ({"STICKYPI_TRUSTED_PROXIES": "nginx"}, "STICKYPI_TRUSTED_PROXIES='nginx' is neither the number of proxies"),
        ({"STICKYPI_TRUSTED_PROXIES": "10.0.0.1/8"}, "has host bits set"),
        ({"STICKYPI_TOKEN_DAYS": "0"}, "STICKYPI_TOKEN_DAYS='0' is not a number of days"),
        ({"STICKYPI_DATA_DIR": "/proc/nowhere"}, "STICKYPI_DATA_DIR=/proc/nowhere cannot be written"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with pytest.raises(env.ConfigurationError, match=words):
        env.read(settings, tmp_path)


def test_the_start_stops_without_a_traceback(tmp_path: Path) -> None:
    environment = environment_of(tmp_path, {"SECRET_API_KEY": "short"})
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "Sticky Pi cannot start: SECRET_API_KEY is too short" in done.stderr and "Traceback" not in done.stderr


def test_the_deployment_is_checked(server: Server) -> None:
    done = server.manage("check", "--deploy", "--database", "default")
    assert "stickypi." not in done.stdout + done.stderr


@backends("mariadb-disk")
def test_another_collation_is_found(server: Server) -> None:
    server.select("ALTER TABLE taxa CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    try:
        with pytest.raises(subprocess.CalledProcessError) as raised:
            server.manage("check", "--database", "default")
        assert "stickypi.E001" in raised.value.stderr and "ALTER TABLE taxa" in raised.value.stderr
    finally:
        server.select("ALTER TABLE taxa CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")


@pytest.mark.parametrize("name", ["MYSQL_PASSWORD", "SECRET_API_KEY", "S3_PRIVATE_KEY", "API_ADMIN_PASSWORD"])
def test_secrets_are_read_from_files(tmp_path: Path, name: str) -> None:
    settings = {**MARIADB, **S3, **SECRET, "API_ADMIN_NAME": "admin", "API_ADMIN_PASSWORD": "p"}
    expected = env.read({**settings, name: "a secret of a file"}, tmp_path)
    (tmp_path / "secret").write_text("a secret of a file\n")
    del settings[name]
    assert env.read({**settings, f"{name}_FILE": str(tmp_path / "secret")}, tmp_path) == expected


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MYSQL_PASSWORD_FILE": "{folder}/none"}, "MYSQL_PASSWORD_FILE=.*/none cannot be read .No such file"),
        ({"MYSQL_PASSWORD_FILE": "{folder}/empty"}, "MYSQL_PASSWORD_FILE=.*/empty is empty"),
        ({"MYSQL_PASSWORD_FILE": "{folder}/empty", "MYSQL_PASSWORD": "p"}, "MYSQL_PASSWORD_FILE are both set"),
        ({"SECRET_API_KEY_FILE": "{folder}/short"}, "SECRET_API_KEY is too short"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "short").write_text("unsafe")
    with pytest.raises(env.ConfigurationError, match=words) as raised:
        env.read({name: value.format(folder=tmp_path) for name, value in settings.items()}, tmp_path)
    assert "unsafe" not in str(raised.value)


@pytest.mark.parametrize(("version", "name"), [("8.4.6", "MySQL 8.4.6"), ("10.5.29-MariaDB", "MariaDB 10.5.29")])
def test_other_database_servers_are_refused(mariadb: MariaDB, tmp_path: Path, version: str, name: str) -> None:
    """A second MariaDB server that claims to be another one."""
    with MariaDB(version=version) as running:
        environment = environment_of(tmp_path, {**running.create_database("other"), **SECRET})
        command = [sys.executable, "manage.py", "migrate"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and f"stickypi.E005) the database server is {name}: it takes MariaDB" in done.stderr
    assert "Traceback" not in done.stderr
