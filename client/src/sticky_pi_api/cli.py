"""The command `sticky-pi`: upload folders, list series, download images."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from .client import RemoteClient
from .configuration import RemoteClientConf
from .core.errors import APIError
from .core.formats import format_datetime
from .core.layout import IMAGE_WHATS
from .parallel import each


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 if all went well, 1 after an error, which is said on standard error."""
    options = _parser().parse_args(arguments)
    try:
        with _client(options) as client:
            options.run(client, options)
    except APIError as error:
        _say_error(error)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("sticky-pi", description="Uploads and downloads images of Sticky Pi traps.")
    parser.add_argument("--host", help="HOST or http(s)://HOST:PORT (default: $STICKYPI_HOST)")
    parser.add_argument("--user", help="user name (default: $STICKYPI_USERNAME); password: $STICKYPI_PASSWORD")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    upload = commands.add_parser("upload", help="upload the images in folders that are not there yet")
    upload.add_argument("folder", nargs="+", type=Path)
    upload.set_defaults(run=_upload)

    series = commands.add_parser("series", help="list images")
    _add_series(series)
    series.add_argument("--what", default="metadata", help=f"what `url` leads to: {', '.join(IMAGE_WHATS)}")
    form = series.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="write", action="store_const", const=_write_csv, default=_write_csv)
    form.add_argument("--json", dest="write", action="store_const", const=_write_json)
    series.set_defaults(run=_series)

    download = commands.add_parser("download", help="download images that are not in a folder yet")
    _add_series(download)
    download.add_argument("folder", type=Path)
    download.add_argument("--what", default="image", choices=IMAGE_WHATS[1:])
    download.set_defaults(run=_download)
    return parser


def _add_series(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", metavar="PATTERN", help="devices: %% is any run of characters, _ any one")
    parser.add_argument("start_datetime", metavar="START", help="UTC, 2020-06-20 or 2020-06-20_21-33-24")
    parser.add_argument("end_datetime", metavar="END", help="not included")


def _client(options: argparse.Namespace) -> RemoteClient:
    given = {"STICKYPI_HOST": options.host, "STICKYPI_USERNAME": options.user}
    server = RemoteClientConf.from_environment({**os.environ, **{name: text for name, text in given.items() if text}})
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return RemoteClient(
        cache / "sticky-pi", server.HOST, server.USERNAME, server.PASSWORD, server.PROTOCOL, server.PORT
    )


def _asked(options: argparse.Namespace) -> list[dict[str, Any]]:
    return [{name: getattr(options, name) for name in ("device", "start_datetime", "end_datetime")}]


def _upload(client: RemoteClient, options: argparse.Namespace) -> None:
    paths = sorted(path for folder in options.folder for path in folder.rglob("*.jpg"))
    rows = client.put_images(paths)
    sys.stderr.write(f"{len(rows)} of {len(paths)} images uploaded, the others were there already\n")


def _series(client: RemoteClient, options: argparse.Namespace) -> None:
    rows = client.get_image_series(_asked(options), options.what)
    for row in rows:
        row.update({name: format_datetime(value) for name, value in row.items() if isinstance(value, datetime)})
    options.write(rows)


def _write_csv(rows: list[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, fieldnames=rows[0] if rows else [])
    writer.writeheader()
    writer.writerows(rows)


def _write_json(rows: list[dict[str, Any]]) -> None:
    json.dump(rows, sys.stdout, indent=1)


def _download(client: RemoteClient, options: argparse.Namespace) -> None:
    rows = client.get_image_series(_asked(options), options.what)
    targets = [(row["url"], _target(options.folder, row)) for row in rows]
    wanted = [(url, target) for url, target in targets if not target.exists()]
    for result in each(lambda pair: client.fetch(*pair), wanted, n_threads=client.n_threads, title="Downloading"):
        if isinstance(result, APIError):
            raise result
    sys.stderr.write(f"{len(wanted)} of {len(rows)} images downloaded, the others were there already\n")


def _target(folder: Path, row: dict[str, Any]) -> Path:
    return folder / row["device"] / row["url"].partition("?")[0].rpartition("/")[2]


def _say_error(error: APIError) -> None:
    for item in error.items:
        sys.stderr.write(f"{item.get('file', '')}: {item.get('detail', '')}\n".lstrip(": "))
    sys.stderr.write(f"sticky-pi: {error.detail}\n")
