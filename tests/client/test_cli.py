"""The command `sticky-pi`, against a server."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sticky_pi_api.cli import main
from tests.client.samples import DEVICE, write_image
from tests.services.server import ADMIN, Server, ways

pytestmark = ways("sqlite-disk")


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def run(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    monkeypatch.setenv("STICKYPI_HOST", server.url)
    monkeypatch.setenv("STICKYPI_USERNAME", ADMIN[0])
    monkeypatch.setenv("STICKYPI_PASSWORD", ADMIN[1])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda *arguments: Done(main([str(argument) for argument in arguments]), *capsys.readouterr())


def test_upload_series_download(run: Callable[..., Done], tmp_path: Path) -> None:
    paths = [write_image(tmp_path / "card" / "deep", number) for number in range(2)]
    asked = (f"{DEVICE[:3]}%", "2022-05-17", "2022-05-18")
    for count in (2, 0):
        done = run("upload", tmp_path / "card")
        assert done.status == 0 and done.err.startswith(f"{count} of 2 images uploaded")
    rows = json.loads(run("series", *asked, "--json").out)
    assert [row["datetime"] for row in rows] == ["2022-05-17_18-46-57", "2022-05-17_19-06-57"]
    table = list(csv.DictReader(run("series", *asked, "--what", "thumbnail").out.splitlines()))
    assert [row["md5"] for row in table] == [row["md5"] for row in rows] and table[0]["url"].startswith("http")
    for count in (2, 0):
        done = run("download", *asked, tmp_path / "back")
        assert done.status == 0 and done.err.startswith(f"{count} of 2 images downloaded")
    back = sorted((tmp_path / "back" / DEVICE).iterdir())
    assert [path.read_bytes() for path in back] == [path.read_bytes() for path in paths]


def test_errors_are_said(run: Callable[..., Done], tmp_path: Path) -> None:
    write_image(tmp_path / "card").write_bytes(b"text")
    for arguments, words in (
        (("upload", tmp_path / "card"), "not a JPEG file"),
        (("series", "%", "yesterday", "2022-05-18"), "not a datetime"),
        (("--user", "nobody", "series", "%", "2022", "2022"), "wrong user name or password"),
        (("--host", "ftp://x", "series", "%", "2022", "2022"), "not the address of a server"),
    ):
        done = run(*arguments)
        assert done.status == 1 and words in done.err


def test_the_command_is_installed(server: Server) -> None:
    command = [str(Path(sys.executable).with_name("sticky-pi")), "download", "--help"]
    assert "PATTERN START END" in subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
