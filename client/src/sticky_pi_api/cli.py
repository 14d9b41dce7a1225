"""The command `sticky-pi`: upload folders, list series, download images, copy between places."""

import argparse
import csv
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from .client import LocalClient, RemoteClient
from .configuration import RemoteClientConf
from .copy import WHATS, CopyResult, copy
from .core.errors import APIError, InvalidInput
from .core.formats import format_datetime, shown, some_of
from .core.layout import IMAGE_WHATS
from .core.records import IMAGES
from .reading import IMAGE_SUFFIXES
from .types import MetadataType

_MOST_THREADS = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        0 if all went well, 1 after an error, which is said on standard error; 130 if it was interrupted, 141 if what
        read its output has ended (`| head`), as of other commands; `copy` ends with 2 where the places differ.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="sticky-pi: %(message)s")  # a server that does not answer is said while it is asked
    try:
        status: int = options.run_alone(options) if "run_alone" in options else _run_on_server(options)
        sys.stdout.flush()
    except APIError as error:
        _say_error(error)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more as it ends
        return 141
    except OSError as error:
        _say(f"sticky-pi: {error.filename or 'the output'} cannot be used: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _run_on_server(options: argparse.Namespace) -> int:
    with _client(options) as client:
        options.run(client, options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("sticky-pi", description="Uploads and downloads images of Sticky Pi traps.")
    parser.add_argument("--host", help="HOST or http(s)://HOST:PORT (default: $STICKYPI_HOST)")
    parser.add_argument("--user", help="user name (default: $STICKYPI_USERNAME); password: $STICKYPI_PASSWORD")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    upload = commands.add_parser("upload", help="upload the images that are not there yet")
    upload.add_argument("path", nargs="+", type=Path, help="an image, or a folder that has some, however deep")
    upload.set_defaults(run=_upload)

    series = commands.add_parser("series", help="list images")
    _add_series(series)
    series.add_argument("--what", default="metadata", help=f"what `url` leads to: {', '.join(IMAGE_WHATS)}")
    form = series.add_mutually_exclusive_group()
    form.add_argument(
        "--csv",
        dest="write",
        action="store_const",
        const=_write_csv,
        default=_write_csv,
        help="default; datetimes in ISO 8601",
    )
    form.add_argument("--json", dest="write", action="store_const", const=_write_json)
    series.set_defaults(run=_series)

    download = commands.add_parser("download", help="download images that are not in a folder yet")
    _add_series(download)
    download.add_argument("folder", type=Path)
    download.add_argument("--what", default="image", choices=IMAGE_WHATS[1:])
    download.set_defaults(run=_download)

    copying = commands.add_parser(
        "copy",
        help="copy from a folder or server to another, as far as it is not there",
        description="A place is a folder, the URL of a server (user: $STICKYPI_USERNAME, $STICKYPI_PASSWORD), or "
        "@NAME: the server of $STICKYPI_NAME_HOST, $STICKYPI_NAME_USERNAME, $STICKYPI_NAME_PASSWORD. "
        "What was interrupted goes on when it is run again. Ends with 2 if there were conflicts.",
    )
    copying.add_argument("source", metavar="FROM")
    copying.add_argument("target", metavar="TO")
    copying.add_argument("--device", default="%", metavar="PATTERN", help="default: all")
    copying.add_argument("--start", help="UTC, 2020-06-20 or 2020-06-20_21-33-24")
    copying.add_argument("--end", help="not included")
    copying.add_argument("--what", default=",".join(WHATS), help="some of them; default: %(default)s")
    copying.add_argument("--threads", type=int, default=8, help="files at once; default: %(default)s")
    copying.set_defaults(run_alone=_copy)
    return parser


def _add_series(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", metavar="PATTERN", help="devices: %% is any run of characters, _ any one")
    parser.add_argument("start_datetime", metavar="START", help="UTC, 2020-06-20 or 2020-06-20_21-33-24")
    parser.add_argument("end_datetime", metavar="END", help="not included")


def _client(options: argparse.Namespace) -> RemoteClient:
    given = {"STICKYPI_HOST": options.host, "STICKYPI_USERNAME": options.user}
    return _client_of({**os.environ, **{name: text for name, text in given.items() if text}})


def _client_of(environment: Mapping[str, str], prefix: str = "STICKYPI", n_threads: int = 8) -> RemoteClient:
    server = RemoteClientConf.from_environment(environment, prefix)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return RemoteClient(
        cache / "sticky-pi", server.HOST, server.USERNAME, server.PASSWORD, server.PROTOCOL, server.PORT, n_threads
    )


def _source(options: argparse.Namespace) -> LocalClient | RemoteClient:
    folder = Path(options.source)
    if not _is_server(options.source) and not (folder / "database.db").is_file():
        raise InvalidInput(f"{shown(options.source)} is not a folder of a LocalClient's: it has no database.db")
    return _place(options.source, options.threads)


def _is_server(place: str) -> bool:
    return place.startswith("@") or "://" in place


def _place(name: str, n_threads: int) -> LocalClient | RemoteClient:
    if name.startswith("@"):
        profile = name[1:].upper().replace("-", "_")
        return _client_of(os.environ, f"STICKYPI_{profile}" if profile else "STICKYPI", n_threads)
    if "://" in name:
        return _client_of({**os.environ, "STICKYPI_HOST": name}, n_threads=n_threads)
    return LocalClient(name, n_threads)


def _copy(options: argparse.Namespace) -> int:
    if not 1 <= options.threads <= _MOST_THREADS:
        raise InvalidInput(f"--threads is {options.threads}: it takes 1 to {_MOST_THREADS}")
    with _source(options) as source, _place(options.target, options.threads) as target:
        done = copy(
            source,
            target,
            device=options.device,
            start_datetime=options.start,
            end_datetime=options.end,
            what=[name.strip() for name in options.what.split(",")],
            n_threads=options.threads,
        )
    _say_copied(done)
    return 1 if done.failures else 2 if done.conflicts else 0


def _say_copied(done: CopyResult) -> None:
    for kind, problems in (("not copied", done.failures), ("conflict", done.conflicts)):
        for problem in problems:
            _say(f"{kind}: {problem.what} {problem.name}: {problem.detail}")
    for verb, numbers in (("copied", done.copied), ("repaired", done.repaired), ("there already", done.there)):
        if told := ", ".join(f"{number:,} {what}" for what, number in numbers.items() if number):
            _say(f"{verb}: {told}")
    rate = done.n_bytes / done.seconds / 1e6 if done.seconds else 0.0
    _say(f"{done.n_bytes / 1e6:,.1f} MB in {done.seconds:,.1f} s ({rate:,.1f} MB/s)")
    if not done.is_whole:
        _say(f"{len(done.conflicts)} conflicts, {len(done.failures)} not copied")


def _asked(options: argparse.Namespace) -> list[dict[str, Any]]:
    return [{name: getattr(options, name) for name in ("device", "start_datetime", "end_datetime")}]


def _upload(client: RemoteClient, options: argparse.Namespace) -> None:
    files = _files(options.path)
    images = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    others = [str(path) for path in files if path.suffix.lower() not in IMAGE_SUFFIXES]
    try:
        n_uploaded = len(client.put_images(images))
    except APIError as error:
        if error.items:
            _say(f"{len(error.rows)} of {len(images)} images uploaded, {len(error.items)} could not be:")
        raise
    finally:
        if others:
            _say(f"{len(others)} other files passed over, for images end in .jpg or .jpeg: {some_of(others)}")
    _say(f"{n_uploaded} of {len(images)} images uploaded, {len(images) - n_uploaded} were there already")


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files, and those in the folders. Raises InvalidInput where there is neither."""
    if missing := [str(path) for path in paths if not path.exists()]:
        raise InvalidInput(f"no such file or folder: {some_of(missing)}")
    return sorted(
        {file for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()}
    )


def _series(client: RemoteClient, options: argparse.Namespace) -> None:
    options.write(client.get_image_series(_asked(options), options.what))


def _write_csv(rows: MetadataType) -> None:
    writer = csv.DictWriter(sys.stdout, fieldnames=rows[0] if rows else [*IMAGES, "url"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_with_texts(row, lambda moment: f"{moment.isoformat(timespec='seconds')}Z") for row in rows)


def _write_json(rows: MetadataType) -> None:
    json.dump([_with_texts(row, format_datetime) for row in rows], sys.stdout, indent=1)


def _with_texts(row: dict[str, Any], write: Callable[[datetime], str]) -> dict[str, Any]:
    return {name: write(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _download(client: RemoteClient, options: argparse.Namespace) -> None:
    rows = client.get_image_series(_asked(options), options.what)
    n_downloaded = len(client.download_images(rows, options.folder, options.what))
    _say(f"{n_downloaded} of {len(rows)} images downloaded, {len(rows) - n_downloaded} were there already")


def _say_error(error: APIError) -> None:
    for item in error.items:
        _say(f"{item.get('file', '')}: {item.get('detail', '')}".lstrip(": "))
    _say(f"sticky-pi: {error.detail}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
