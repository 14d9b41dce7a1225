"""The command `sticky-pi`, against a server."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas
import pytest

from sticky_pi_api.cli import main
from sticky_pi_api.client import LocalClient
from tests.client.samples import DEVICE, START, write_image
from tests.services import free_port
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk")

SERIES = (f"{DEVICE[:3]}%", "2022-05-17", "2022-05-18")


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
    asked = SERIES
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


def test_nothing_to_upload_is_said(run: Callable[..., Done], tmp_path: Path) -> None:
    done = run("upload", tmp_path / "no such folder", tmp_path)
    assert done.status == 1 and f"no such file or folder: {tmp_path / 'no such folder'}" in done.err
    done = run("upload", tmp_path)
    assert done.status == 0 and done.err.startswith("0 of 0 images uploaded")


def test_other_spellings_are_stored_as_they_should_be(run: Callable[..., Done], tmp_path: Path) -> None:
    sound = [write_image(tmp_path / "card", number) for number in range(4)]
    spellings = [".JPG", ".jpeg", ".Jpg"]
    for path, suffix in zip(sound, spellings, strict=False):
        path.rename(path.with_name(f"{path.stem.upper()}{suffix}"))
    (tmp_path / "card" / "IMG_0001.JPG").write_bytes(sound[3].read_bytes())
    (tmp_path / "card" / "notes.txt").write_text("text")
    done = run("upload", tmp_path / "card")
    assert done.status == 1 and "4 of 5 images uploaded, 1 could not be:" in done.err
    assert "IMG_0001.JPG" in done.err and "<device>.<YYYY-MM-DD_HH-MM-SS>.jpg" in done.err
    assert "1 other files passed over, for images end in .jpg or .jpeg" in done.err and "notes.txt" in done.err
    (tmp_path / "card" / "IMG_0001.JPG").unlink()
    assert run("upload", tmp_path / "card").err.splitlines()[-1].startswith("0 of 4 images uploaded, 4 were there")
    assert run("download", *SERIES, tmp_path / "back").status == 0
    assert sorted(path.name for path in (tmp_path / "back" / DEVICE).iterdir()) == [path.name for path in sound]


@pytest.mark.parametrize("what", ["image", "thumbnail-mini"])
def test_a_file_that_was_cut_is_downloaded_again(run: Callable[..., Done], tmp_path: Path, what: str) -> None:
    for number in range(2):
        write_image(tmp_path / "card", number)
    run("upload", tmp_path / "card")
    download = ("download", *SERIES, tmp_path / "back", "--what", what)
    run(*download)
    path = min((tmp_path / "back" / DEVICE).iterdir())
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    done = run(*download)
    assert done.status == 0 and "1 of 2 images downloaded" in done.err and path.read_bytes() == whole
    assert "0 of 2 images downloaded" in run(*download).err


def test_pandas_reads_the_table(run: Callable[..., Done], tmp_path: Path) -> None:
    def table() -> pandas.DataFrame:
        return pandas.read_csv(io.StringIO(run("series", *SERIES).out), parse_dates=["datetime", "datetime_created"])

    empty = table()
    write_image(tmp_path / "card")
    run("upload", tmp_path / "card")
    full = table()
    assert len(empty) == 0 and list(empty.columns) == list(full.columns)
    assert full["datetime"][0] == pandas.Timestamp(START, tz="UTC")
    assert full["datetime_created"].dtype.kind == "M"


def command(server: Server, folder: Path, *arguments: Any, **options: Any) -> subprocess.Popen[str]:
    who = dict(zip(("STICKYPI_USERNAME", "STICKYPI_PASSWORD"), ADMIN, strict=True))
    environment = {**os.environ, "STICKYPI_HOST": server.url, "XDG_CACHE_HOME": str(folder / "cache"), **who, **options}
    line = [Path(sys.executable).with_name("sticky-pi"), *arguments]
    return subprocess.Popen(
        [str(each) for each in line], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_reader_that_ends_is_no_error(server: Server, tmp_path: Path) -> None:
    running = command(server, tmp_path, "series", *SERIES)
    assert running.stdout and running.stderr
    running.stdout.close()  # as `| head` does, at last
    assert running.stderr.read() == "" and running.wait(60) == 141


def test_what_cannot_be_written_is_said(
    run: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(tmp_path / "card")
    run("upload", tmp_path / "card")
    (tmp_path / "file").write_text("not a folder")
    done = run("download", *SERIES, tmp_path / "file")
    assert done.status == 1 and "cannot be used: Not a directory" in done.err
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    done = run("series", *SERIES)
    assert done.status == 1 and f"{tmp_path / 'file'}" in done.err and "Not a directory" in done.err


def test_a_cache_that_is_damaged_is_said(run: Callable[..., Done], tmp_path: Path) -> None:
    write_image(tmp_path / "card")
    run("upload", tmp_path / "card")
    [cache] = (tmp_path / "cache").rglob("md5s.db")
    cache.write_bytes(b"x" * 10_000)
    done = run("upload", tmp_path / "card")
    assert done.status == 1 and f"{cache} cannot be used: file is not a database; it may be deleted" in done.err


def test_a_dead_server_is_said_at_once(server: Server, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    running = command(server, tmp_path, "series", *SERIES, STICKYPI_HOST=nobody)
    try:
        assert running.stderr
        line = running.stderr.readline()
        assert running.poll() is None, "it goes on"
        assert line.startswith(f"sticky-pi: {nobody}/get_token cannot be reached") and "trying again in" in line
    finally:
        running.kill()
        running.communicate()


def test_the_command_is_installed(server: Server) -> None:
    command = [str(Path(sys.executable).with_name("sticky-pi")), "download", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "{PATTERN} {START} {END} {folder}" in told and "any run of characters" in told


def test_copy_there_and_back(
    run: Callable[..., Done], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalClient(tmp_path / "first") as first:
        first.put_images([write_image(tmp_path / "card", number) for number in range(3)])
    monkeypatch.setenv("STICKYPI_LAB_HOST", server.url)
    monkeypatch.setenv("STICKYPI_LAB_USERNAME", ADMIN[0])
    monkeypatch.setenv("STICKYPI_LAB_PASSWORD", ADMIN[1])
    for words in ("copied: 3 images", "there already: 3 images"):
        done = run("copy", tmp_path / "first", server.url)
        assert done.status == 0 and words in done.err and "MB/s" in done.err
    done = run(
        "copy", "@lab", tmp_path / "back", "--device", f"{DEVICE[:2]}%", "--end", "2022-05-17T19:10", "--what", "images"
    )
    assert done.status == 0 and "copied: 2 images" in done.err
    with LocalClient(tmp_path / "other") as other:
        other.put_images([write_image(tmp_path / "other card", 0, colour="blue")])
    done = run("copy", "@lab", tmp_path / "other")
    assert done.status == 2 and f"conflict: images {write_image(tmp_path / 'x', 0).name}" in done.err
    for arguments, words in (
        ((tmp_path / "none", server.url), "it has no database.db"),
        ((server.url, tmp_path / "x", "--what", "films"), "takes some of images, annotations"),
        (("@nobody", tmp_path / "x"), "STICKYPI_NOBODY_HOST"),
        ((tmp_path / "first", tmp_path / "first"), "copied to itself"),
        ((tmp_path / "first", server.url, "--threads", "0"), "it takes 1 to 64"),
    ):
        done = run("copy", *arguments)
        assert done.status == 1 and words in done.err and "Traceback" not in done.err
