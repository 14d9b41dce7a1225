"""The compose file, the Dockerfile and what they call. (Docker itself is not run here.)"""

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import get_commands

from stickypi import env
from tests.services import ROOT, Process, free_port, listens
from tests.services.nginx import compose
from tests.services.server import environment_of

DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
ENTRYPOINT = (DOCKER / "entrypoint").read_text()


@pytest.fixture
def services() -> dict[str, Any]:
    return compose()["services"]


def test_every_service_has_the_least_rights(services: dict[str, Any]) -> None:
    assert services.keys() == {"database", "server", "housekeeping", "worker", "proxy"}
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"] and "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert service.get("user") not in ("root", "0") and not service.get("privileged"), name
        assert "healthcheck" in service or name in ("housekeeping", "worker"), name
    assert re.search(r"^USER stickypi$", DOCKERFILE, re.MULTILINE), "the server's user"


def test_only_the_proxy_is_reached_from_outside(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    proxy = services["proxy"]["environment"]
    ports = [f"80:{proxy['STICKYPI_HTTP_PORT']}", f"443:{proxy['STICKYPI_HTTPS_PORT']}"]
    assert published == {"proxy": ports}
    assert compose()["networks"]["inner"] == {"internal": True}
    assert services["database"]["networks"] == ["inner"] and services["proxy"]["networks"] == ["outer"]


def test_the_parts_fit_together(services: dict[str, Any]) -> None:
    server, proxy, database = (services[name] for name in ("server", "proxy", "database"))
    for name in ("server", "housekeeping", "worker"):
        environment = services[name]["environment"]
        assert environment["MYSQL_HOST"] == "database" in services
        assert environment["MYSQL_DATABASE"] == database["environment"]["MARIADB_DATABASE"]
        assert environment["MYSQL_USER"] == database["environment"]["MARIADB_USER"]
        assert services[name]["volumes"] == ["files:/data"] and services[name]["env_file"] == ".env"
    bind = re.search(r'--bind=0\.0\.0\.0:(\d+)"', DOCKERFILE)
    assert bind and proxy["environment"]["STICKYPI_SERVER"] == f"server:{bind[1]}"
    assert "files:/data:ro" in proxy["volumes"] and proxy["environment"]["STICKYPI_FILES"] == "/data/files"
    assert f"location {server['environment']['STICKYPI_ACCEL_REDIRECT']} {{" in _template()
    assert {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]} == {
        *compose()["volumes"],
        "./nginx.conf.template",
        "./certificates",
    }
    assert compose()["volumes"].keys() == {"database", "files", "buffers"}
    assert set(re.findall(r"\$\{(\w+)\}", _template())) == {
        name for name in proxy["environment"] if name.startswith("STICKYPI_")
    }


def test_secrets_come_from_the_environment(services: dict[str, Any], tmp_path: Path) -> None:
    example = dict(
        re.findall(r"^(?:# )?([A-Z0-9_]+)=(\S*)", (DOCKER / "env.example").read_text(), re.MULTILINE),
    )
    text = (DOCKER / "compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) <= example.keys()
    secrets = {name for name in example if re.search("KEY|PASSWORD", name)}
    assert all(not example[name] for name in secrets), "no example is taken for a secret"
    for name, service in services.items():
        for variable, value in service["environment"].items():
            assert not re.search("KEY|_PASSWORD$", variable) or value.startswith("${") or value == "1", (name, variable)
    for folder in (".env", "certificates"):
        assert f"docker/{folder}" in (ROOT / ".dockerignore").read_text().splitlines(), "not in the image"
        done = subprocess.run(["git", "check-ignore", "-q", f"docker/{folder}/x"], cwd=ROOT, timeout=10)
        assert done.returncode == 0, "not in the repository"
    filled = {name: example[name] or "0123456789abcdef" for name in example} | services["server"]["environment"]
    configuration = env.read(filled, tmp_path)
    assert configuration.mysql and configuration.s3 and configuration.https and configuration.accel_redirect


def test_what_is_called_is_there(services: dict[str, Any]) -> None:
    commands = set(get_commands())
    called = [*re.findall(r"manage\.py (\w+)", ENTRYPOINT), services["housekeeping"]["entrypoint"][-1]]
    called.append(services["worker"]["entrypoint"][-1])
    assert set(called) == {"migrate", "collectstatic", "remove_orphan_files", "run_jobs"} <= commands
    programs = [json.loads(line)[0] for line in re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)]
    programs += [services["housekeeping"]["entrypoint"][0], services["server"]["healthcheck"]["test"][1]]
    assert programs == ["docker/entrypoint", "docker/daily", "docker/healthcheck"]
    assert all(os.access(ROOT / program, os.X_OK) for program in programs)
    ignored = {line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for source in line.split():
            assert (ROOT / source).exists() and source not in ignored
    requirements = re.findall(r"^-r (\S+)|^-e (\S+)", (ROOT / "requirements-production.txt").read_text(), re.MULTILINE)
    assert requirements == [("requirements.txt", "")]


def test_the_image_starts_and_says_whether_it_is_well(tmp_path: Path) -> None:
    """The entrypoint with the image's own command, but on a free port."""
    (command,) = (json.loads(re.sub(r"\\\n", "", found)) for found in re.findall(r"^CMD (.*)$", DOCKERFILE, re.M))
    port = free_port()
    command = [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in command]
    assert f"--bind=127.0.0.1:{port}" in command
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**environment_of(tmp_path, {"STICKYPI_ALLOWED_HOSTS": "traps.example.org"}), "PATH": path}

    def health() -> int:
        return subprocess.run(
            [DOCKER / "healthcheck"], env={**environment, "PORT": str(port)}, capture_output=True, timeout=20
        ).returncode

    assert health() != 0
    server = Process([DOCKER / "entrypoint", *command], tmp_path / "log", environment)
    try:
        server.wait_until(lambda: listens(port) and health() == 0, 120)
    finally:
        server.stop()
    log = (tmp_path / "log").read_text()
    assert "0 files without a row removed" in log and '"HEAD / HTTP/1.1" 302' in log and "Traceback" not in log
    assert health() != 0


def test_the_daily_run_comes_again_after_a_failure(tmp_path: Path) -> None:
    waits = tmp_path / "sleep"
    waits.write_text(
        f'#!/bin/sh\necho "$1" >>{tmp_path}/waited\n[ "$(wc -l <{tmp_path}/waited)" -lt 3 ] || exec /bin/sleep 60\n'
    )
    waits.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [DOCKER / "daily", "sh", "-c", f"echo ran >>{tmp_path}/runs; false"]
    daily = Process(command, tmp_path / "log", environment)
    try:
        daily.wait_until(lambda: _lines(tmp_path / "waited") == ["86400"] * 3, 10)
    finally:
        daily.kill()
    assert _lines(tmp_path / "runs") == ["ran"] * 3
    assert _lines(tmp_path / "log")[0].startswith("failed: sh -c")


def test_an_error_of_the_server_is_logged_without_signatures(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("def application(environ, start_response): raise ValueError('a bug')")
    port = free_port()
    options = [f"--bind=127.0.0.1:{port}", f"--pythonpath={tmp_path}", "--workers=1", "--access-logfile=-"]
    server = Process([sys.executable, "-m", "gunicorn", "failing:application", *options], tmp_path / "log")
    try:
        server.wait_until(lambda: listens(port))
        url = f"http://127.0.0.1:{port}/files/a.jpg?expires=1&signature=of-a-link"
        assert requests.get(url, auth=("a-token", ""), timeout=30).status_code == 500
    finally:
        server.stop()
    log = (tmp_path / "log").read_text()
    assert "Error handling request GET /files/a.jpg\n" in log and "a bug" in log
    assert "of-a-link" not in log and "a-token" not in log


def _template() -> str:
    return (DOCKER / "nginx.conf.template").read_text()


def _lines(path: Path) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().splitlines()
    return []
