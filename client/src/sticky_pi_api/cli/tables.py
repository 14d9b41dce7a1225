"""Rows of a place: images, annotations, tuboids, labels, deployments."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..tables import Table
from .output import Form, Format, say, write_rows
from .places import Place, open_place

_ROWS = "Rows"
Device = Annotated[str, typer.Argument(metavar="[PATTERN]", help="Devices: % is any run of characters, _ any one")]
Start = Annotated[str | None, typer.Option(help="UTC, 2020-06-20 or 2020-06-20T21:33:24")]
End = Annotated[str | None, typer.Option(help="Not included")]
AlgoName = Annotated[str | None, typer.Option(metavar="NAME", help="Algorithm, or human:NAME")]
AlgoVersion = Annotated[str | None, typer.Option(metavar="VERSION")]
Fields = Annotated[str | None, typer.Option(help="Columns, with commas; default: all")]
Count = Annotated[bool, typer.Option("--count", help="The number of rows alone")]
To = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Of --format parquet: a file in it")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (images, annotations, tuboids, labels, deployments):
        app.command(rich_help_panel=_ROWS)(command)


def images(
    device: Device = "%",
    start: Start = None,
    end: End = None,
    fields: Fields = None,
    count: Count = False,
    form: Form = None,
    to: To = None,
    place: Place = "",
) -> None:
    """Lists images.

    Example: `sticky-pi images '5c%' --start 2022-06-20 --end 2022-06-21 --fields device,datetime,temp`
    """
    with open_place(place) as client:
        _write(client.images(device, start, end, columns=_names(fields)), fields, count, form, to)


def annotations(
    device: Device = "%",
    start: Start = None,
    end: End = None,
    algo_name: AlgoName = None,
    algo_version: AlgoVersion = None,
    fields: Fields = None,
    count: Count = False,
    form: Form = None,
    to: To = None,
    place: Place = "",
) -> None:
    """Lists what was found on images; --fields json has the contours."""
    by = {"algo_name": algo_name, "algo_version": algo_version}
    with open_place(place) as client:
        _write(client.annotations(device, start, end, **by, columns=_names(fields)), fields, count, form, to)


def tuboids(
    device: Device = "%",
    start: Start = None,
    end: End = None,
    algo_name: AlgoName = None,
    algo_version: AlgoVersion = None,
    fields: Fields = None,
    count: Count = False,
    form: Form = None,
    to: To = None,
    place: Place = "",
) -> None:
    """Lists tuboids, by their first shot."""
    by = {"algo_name": algo_name, "algo_version": algo_version}
    with open_place(place) as client:
        _write(client.tuboids(device, (start, end), **by, columns=_names(fields)), fields, count, form, to)


def labels(
    device: Device = "%",
    start: Start = None,
    end: End = None,
    algo_name: AlgoName = None,
    algo_version: AlgoVersion = None,
    fields: Fields = None,
    count: Count = False,
    form: Form = None,
    to: To = None,
    place: Place = "",
) -> None:
    """Lists what tuboids are, by their first shot."""
    by = {"algo_name": algo_name, "algo_version": algo_version}
    with open_place(place) as client:
        _write(client.labels(device, (start, end), **by, columns=_names(fields)), fields, count, form, to)


def deployments(
    project: Annotated[int, typer.Argument(help="Its id")],
    count: Count = False,
    form: Form = None,
    to: To = None,
    place: Place = "",
) -> None:
    """Lists which trap stood where, for a project."""
    with open_place(place) as client:
        _write(client.deployments(project), None, count, form, to)


def _write(table: Table, fields: str | None, count: bool, form: Format | None, to: Path | None) -> None:
    if count:
        typer.echo(table.count())
    elif form == Format.parquet and to:
        say(f"{table.to_parquet(to)} is written")
    elif columns := _names(fields) or table.query.columns:
        write_rows(table, columns, form)
    else:
        rows: list[dict[str, Any]] = list(table)
        write_rows(rows, list(rows[0]) if rows else ["id", "device", "start_datetime", "end_datetime"], form)


def _names(fields: str | None) -> list[str] | None:
    return [name.strip() for name in fields.split(",") if name.strip()] if fields else None
