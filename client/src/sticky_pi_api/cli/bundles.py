"""ML bundles: push, pull, ls."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .output import Form, say, write_rows
from .places import Place, open_place

Name = Annotated[str, typer.Argument(help="Of the bundle")]
What = Annotated[str, typer.Option(help="all, data or model")]
_COLUMNS = ("key", "md5", "mtime")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    bundle = typer.Typer(no_args_is_help=True, help="Files of machine learning: data to train with, models.")
    for command in (push, pull, ls):
        bundle.command()(command)
    app.add_typer(bundle, name="bundle", rich_help_panel="Results")


def push(
    folder: Annotated[Path, typer.Argument(help="Named as the bundle")], what: What = "all", place: Place = ""
) -> None:
    """Uploads the files of a bundle that are newer than those there.

    Example: `sticky-pi bundle push models/insect-detector`
    """
    with open_place(place) as client:
        done = client.put_ml_bundle_dir(folder.resolve().name, folder, what)
    say(f"{len(done)} files uploaded")


def pull(name: Name, folder: Annotated[Path, typer.Argument()], what: What = "all", place: Place = "") -> None:
    """Downloads the files of a bundle that differ from those in a folder."""
    with open_place(place) as client:
        done = client.get_ml_bundle_dir(name, folder, what)
    say(f"{len(done)} files downloaded")


def ls(name: Name, what: What = "all", form: Form = None, place: Place = "") -> None:
    """Lists the files of a bundle."""
    with open_place(place) as client:
        files = client._get_ml_bundle_file_list(name, what)
    write_rows([{**file, "mtime": datetime.fromtimestamp(file["mtime"], UTC)} for file in files], _COLUMNS, form)
