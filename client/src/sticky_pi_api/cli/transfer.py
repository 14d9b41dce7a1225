"""Images up and down, and copies between places."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..copy import WHATS, CopyResult, copy
from ..core.errors import APIError, InvalidInput
from ..core.formats import format_datetime, some_of
from ..core.layout import IMAGE_WHATS
from ..core.records import IMAGES
from ..reading import IMAGE_SUFFIXES
from .output import say, write_csv, write_json
from .places import open_place, server

_MOST_THREADS = 64
_FILES = "Files"

Pattern = Annotated[str, typer.Argument(metavar="PATTERN", help="Devices: % is any run of characters, _ any one")]
Start = Annotated[str, typer.Argument(metavar="START", help="UTC, 2020-06-20 or 2020-06-20_21-33-24")]
End = Annotated[str, typer.Argument(metavar="END", help="Not included")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=_FILES)(upload)
    app.command(rich_help_panel=_FILES)(download)
    app.command("copy", rich_help_panel=_FILES)(copy_command)
    app.command(rich_help_panel=_FILES)(series)


def upload(
    path: Annotated[list[Path], typer.Argument(help="An image, or a folder that has some, however deep")],
) -> None:
    """Uploads the images that are not there yet.

    Example: `sticky-pi upload sd-card/`
    """
    files = _files(path)
    images = [each for each in files if each.suffix.lower() in IMAGE_SUFFIXES]
    others = [str(each) for each in files if each.suffix.lower() not in IMAGE_SUFFIXES]
    try:
        with server() as client:
            n_uploaded = len(client.put_images(images))
    except APIError as error:
        if error.items:
            say(f"{len(error.rows)} of {len(images)} images uploaded, {len(error.items)} could not be:")
        raise
    finally:
        if others:
            say(f"{len(others)} other files passed over, for images end in .jpg or .jpeg: {some_of(others)}")
    say(f"{n_uploaded} of {len(images)} images uploaded, {len(images) - n_uploaded} were there already")


def series(
    device: Pattern,
    start: Start,
    end: End,
    what: Annotated[str, typer.Option(help=f"What url leads to: {', '.join(IMAGE_WHATS)}")] = "metadata",
    csv: Annotated[bool, typer.Option("--csv", help="The default; datetimes in ISO 8601")] = False,
    json: Annotated[bool, typer.Option("--json", help="A list; datetimes as the operations have them")] = False,
) -> None:
    """Lists images with links to their files, as `get_image_series`; `images` is the newer command."""
    if csv and json:
        raise InvalidInput("--csv and --json: choose one")
    with server() as client:
        rows = client.get_image_series(_asked(device, start, end), what)
    columns = list(rows[0]) if rows else [*IMAGES, "url"]
    if json:
        write_json(rows, columns, format_datetime)
    else:
        write_csv(rows, columns)


def download(
    device: Pattern,
    start: Start,
    end: End,
    folder: Annotated[Path, typer.Argument()],
    what: Annotated[str, typer.Option(help=f"One of {', '.join(IMAGE_WHATS[1:])}")] = "image",
) -> None:
    """Downloads images that are not in a folder yet.

    Example: `sticky-pi download '0a%' 2020-06-20 2020-06-21 images/`
    """
    if what not in IMAGE_WHATS[1:]:
        raise InvalidInput(f"--what is {what!r}: it takes one of {', '.join(IMAGE_WHATS[1:])}")
    with server() as client:
        rows = client.get_image_series(_asked(device, start, end), what)
        n_downloaded = len(client.download_images(rows, folder, what))
    say(f"{n_downloaded} of {len(rows)} images downloaded, {len(rows) - n_downloaded} were there already")


def copy_command(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A place")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A place; a folder is made if absent")],
    device: Annotated[str, typer.Option(metavar="PATTERN", help="Devices")] = "%",
    start: Annotated[str | None, typer.Option(help="UTC, 2020-06-20 or 2020-06-20_21-33-24")] = None,
    end: Annotated[str | None, typer.Option(help="Not included")] = None,
    what: Annotated[str, typer.Option(help="Some of these, with commas")] = ",".join(WHATS),
    threads: Annotated[int, typer.Option(help="Files at once")] = 8,
) -> int:
    """Copies from a folder or server to another, as far as it is not there.

    What was interrupted goes on when it is run again. Ends with 2 if there were conflicts.

    Example: `sticky-pi copy https://traps.example.org mirror/ --device '5c%'`
    """
    if not 1 <= threads <= _MOST_THREADS:
        raise InvalidInput(f"--threads is {threads}: it takes 1 to {_MOST_THREADS}")
    with open_place(source, threads) as one, open_place(target, threads, must_exist=False) as other:
        done = copy(
            one,
            other,
            device=device,
            start_datetime=start,
            end_datetime=end,
            what=[name.strip() for name in what.split(",")],
            n_threads=threads,
        )
    _say_copied(done)
    return 1 if done.failures else 2 if done.conflicts else 0


def _say_copied(done: CopyResult) -> None:
    for kind, problems in (("not copied", done.failures), ("conflict", done.conflicts)):
        for problem in problems:
            say(f"{kind}: {problem.what} {problem.name}: {problem.detail}")
    for verb, numbers in (("copied", done.copied), ("repaired", done.repaired), ("there already", done.there)):
        if told := ", ".join(f"{number:,} {what}" for what, number in numbers.items() if number):
            say(f"{verb}: {told}")
    rate = done.n_bytes / done.seconds / 1e6 if done.seconds else 0.0
    say(f"{done.n_bytes / 1e6:,.1f} MB in {done.seconds:,.1f} s ({rate:,.1f} MB/s)")
    if not done.is_whole:
        say(f"{len(done.conflicts)} conflicts, {len(done.failures)} not copied")


def _asked(device: str, start: str, end: str) -> list[dict[str, Any]]:
    return [{"device": device, "start_datetime": start, "end_datetime": end}]


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files, and those in the folders. Raises InvalidInput where there is neither."""
    if missing := [str(path) for path in paths if not path.exists()]:
        raise InvalidInput(f"no such file or folder: {some_of(missing)}")
    return sorted(
        {file for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()}
    )
