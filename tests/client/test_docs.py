"""The scripts of the docs run."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from sticky_pi_api.cli import app
from sticky_pi_api.client import RemoteClient
from sticky_pi_api.core.layout import image_key
from tests.analysis.season import Season, upload
from tests.client.documented import SURFACE
from tests.client.samples import DEVICE, START, write_image
from tests.client.test_surface import entries
from tests.client.transcript import site
from tests.services import ROOT
from tests.services.server import ADMIN, Server, backends

SCRIPT = ROOT / "docs" / "surface.py"


@backends("mariadb-s3")
def test_surface(server: Server, tmp_path: Path) -> None:
    image, folder = write_image(tmp_path), tmp_path / "folder"
    folder.mkdir()
    who = dict(zip(("STICKYPI_USERNAME", "STICKYPI_PASSWORD"), ADMIN, strict=True))
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, image],
        env={**server.script_environment(), "STICKYPI_HOST": server.url, **who},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    key, s3 = image_key(DEVICE, START, "thumbnail"), server.environment
    in_folder, in_bucket = f"{folder}/local/{key}", f"{s3['S3_HOST']}/{s3['S3_BUCKET_NAME']}/{key}"
    assert done.stdout.splitlines() == [
        "True LocalClient True",
        "True RemoteClient True",
        f"True False RemoteAPIConnector {in_bucket}",
        f"True True LocalAPI {in_folder}",
        f"True True RemoteAPI {in_bucket}",
        f"True {in_folder}",
        f"True {in_bucket}",
    ]
    for name in ("local", "remote"):
        assert (folder / name / "copy.jpg").read_bytes() == image.read_bytes()
    assert requests.get(in_bucket, timeout=30).status_code == 403, "links are signed"


def test_the_surface_is_whole() -> None:
    names = {full.rpartition(".")[2] for full, *_ in entries(SURFACE)}
    classes = {name for name in names if name[0].isupper()}
    _, _, code = SCRIPT.read_text().partition("\nfolder")
    assert len(classes) == 12 and all(re.search(rf"\b{name}\b", code) for name in classes)


def test_tables(server_of: Callable[[str], Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_of("sqlite-disk")
    server.reset()
    with RemoteClient(tmp_path / "client", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        upload(client, Season(), tmp_path / "files")
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "tables.md").read_text(), re.DOTALL)
    address = f'"127.0.0.1", "{ADMIN[0]}", "{ADMIN[1]}", protocol="http", port={server.port}'
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(code.replace('"sticky-pi.example.org", "me", "my password"', address), "tables.md", "exec"), names)
    assert names["images"].count() == len(names["frame"]) == 100 and names["last"] == names["frame"].datetime.max()
    assert (tmp_path / "season" / "annotations.parquet").exists() and 0 < len(names["said"]) < names["caught"].count()
    assert len(list((tmp_path / "tuboids").iterdir())) == names["caught"].count()
    assert len(list((tmp_path / "pictures" / "5c173ff2").iterdir())) == 48


def test_the_transcript_of_the_command(server_of: Callable[[str], Server], tmp_path: Path) -> None:
    server = server_of("sqlite-disk")
    server.reset()
    run = site(server, tmp_path)
    documented = re.findall(r"```console\n(.*?)```", (ROOT / "docs" / "command.md").read_text(), re.DOTALL)
    commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(documented), re.MULTILINE)
    assert len(commands) > 25
    for command, wanted in commands:
        pattern = re.escape(wanted).replace(re.escape("..."), ".*?")
        assert re.fullmatch(pattern, said := run(command)), f"{command} says\n{said}\nand not\n{wanted}"
    names = {each.name or each.callback.__name__ for each in app.registered_commands if each.callback}
    used = {command.split()[1] for command, _ in commands}
    assert names <= used, "each command is there"


@backends("sqlite-disk")
def test_harvesters(server: Server, tmp_path: Path) -> None:
    write_image(tmp_path).rename(tmp_path / "5c173ff2.2022-06-20_21-33-24.jpg")
    commands = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "harvesters.md").read_text(), re.DOTALL)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join(commands)],
        env={**os.environ, "SERVER": server.url, "ADMIN": ":".join(ADMIN)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["true"] * 4
    assert server.select("SELECT device, api_user FROM images") == [("5c173ff2", "key:orchard phone")]
