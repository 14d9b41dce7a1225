"""What comes of it: catches, activity, films, exports."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from ..core.errors import InvalidInput
from .output import Form, is_terminal, say, write_rows
from .places import Client, Place, open_place
from .tables import Device, End, Start

_RESULTS = "Results"
_BARS = " ▁▂▃▄▅▆▇█"
Rank = Annotated[str, typer.Option(help="type, order, family, genus or species")]
Algorithm = Annotated[
    str | None,
    typer.Option(metavar="NAME[:VERSION]", help="Whose labels count, after people's; if there are several"),
]
People = Annotated[bool, typer.Option(help="Whether people's labels come first")]
Project = Annotated[int | None, typer.Option(metavar="ID", help="Only while traps stood for this project")]
Clock = Annotated[str, typer.Option(help="utc, local (mean solar time), wzt (hours of the sun), or a time zone")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=_RESULTS)(catch)
    app.command(rich_help_panel=_RESULTS)(activity)
    app.command(rich_help_panel=_RESULTS)(film)
    app.command(rich_help_panel=_RESULTS)(export)
    app.command("open", rich_help_panel=_RESULTS)(open_command)


def catch(
    device: Device = "%",
    start: Start = None,
    end: End = None,
    rank: Rank = "order",
    algorithm: Algorithm = None,
    people: People = True,
    project: Project = None,
    clock: Clock = "local",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture instead: .png, .svg or .pdf")] = None,
    form: Form = None,
    place: Place = "",
) -> None:
    """Says what was caught, a row a trap, night and taxon, with the effort; nights go from noon to noon.

    Example: `sticky-pi catch '5c%' --start 2022-06-20 --end 2022-07-20 --plot catch.png`
    """
    from ..analysis import daily_captures, plot_daily_captures

    with open_place(place) as client, _errors_told():
        nightly = daily_captures(*_season(client, device, start, end, rank, algorithm, people, project), clock=clock)
    if plot:
        _save(plot_daily_captures(nightly), plot)
    else:
        rows = nightly.assign(night=nightly.night.dt.strftime("%Y-%m-%d")).to_dict("records")
        write_rows(rows, list(nightly.columns), form)


def activity(
    device: Device = "%",
    start: Start = None,
    end: End = None,
    rank: Rank = "order",
    algorithm: Algorithm = None,
    people: People = True,
    project: Project = None,
    clock: Clock = "local",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture instead: .png, .svg or .pdf")] = None,
    form: Form = None,
    place: Place = "",
) -> None:
    """Says when each taxon flies: captures a trap and hour, by the hour of the day; on a terminal as bars."""
    from ..analysis import diel_profile, plot_diel_profile

    with open_place(place) as client, _errors_told():
        profile = diel_profile(*_season(client, device, start, end, rank, algorithm, people, project), clock=clock)
    if plot:
        _save(plot_diel_profile(profile), plot)
    elif form is None and is_terminal():
        _write_bars(profile)
    else:
        write_rows(profile.to_dict("records"), list(profile.columns), form)


def film(
    device: Device,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .mp4")],
    start: Start = None,
    end: End = None,
    fps: Annotated[float, typer.Option(help="Images a second")] = 10,
    thumbnails: Annotated[bool, typer.Option(help="Small, and soon made")] = False,
    detections: Annotated[bool, typer.Option(help="With the contours of what was found")] = True,
    place: Place = "",
) -> None:
    """Makes a film of a trap's images."""
    from ..analysis import film as make_film

    series = _series(device, start, end)
    with open_place(place) as client:
        if detections:
            rows = client.get_images_with_uid_annotations_series(
                series, what_image="thumbnail" if thumbnails else "image", what_annotation="data"
            )
        else:
            rows = client.get_image_series(series, "thumbnail" if thumbnails else "image")
        if not any(rows):
            raise InvalidInput("there is no image: nothing is written")
        say(f"{make_film(rows, path, client=client, fps=fps)} is written")


def export(
    kind: Annotated[str, typer.Argument(help="camtrapdp, dwca, coco, parquet or csv")],
    folder: Annotated[Path, typer.Argument(help="Made if absent; it must be empty")],
    start: Annotated[str, typer.Option(help="UTC, 2020-06-20 or 2020-06-20T21:33:24")],
    end: Annotated[str, typer.Option(help="Not included")],
    devices: Annotated[str, typer.Option(metavar="PATTERN")] = "%",
    project: Annotated[int | None, typer.Option(metavar="ID", help="Its deployments")] = None,
    algorithm: Algorithm = None,
    people: People = True,
    images: Annotated[bool, typer.Option("--images", help="With the pictures (camtrapdp, coco)")] = False,
    title: Annotated[str, typer.Option(help="Of the data set")] = "Sticky Pi traps",
    licence: Annotated[str, typer.Option(help="CC0-1.0, CC-BY-4.0 or CC-BY-NC-4.0")] = "CC-BY-4.0",
    contributor: Annotated[list[str] | None, typer.Option(help="Name; the first is whom to ask")] = None,
    latitude: Annotated[float | None, typer.Option(help="Of traps that do not know theirs, degrees")] = None,
    longitude: Annotated[float | None, typer.Option(help="The same")] = None,
    on_server: Annotated[bool, typer.Option("--on-server", help="The server makes it, and it is downloaded")] = False,
    place: Place = "",
) -> None:
    """Writes a season for repositories and other tools, with a manifest that makes it again.

    Example: `sticky-pi export camtrapdp season/ --start 2022-06-01 --end 2022-09-01 --project 3`
    """
    from ..exports import export as make_here
    from ..exports import export_on_server

    options: dict[str, Any] = {
        "devices": devices,
        "project": project,
        "algorithm": _algorithm(algorithm),
        "people": people,
    }
    options |= {"images": images, "title": title, "licence": licence, "latitude": latitude, "longitude": longitude}
    options |= {"contributors": tuple(contributor)} if contributor else {}
    with open_place(place) as client, tqdm(unit="trap", disable=None, leave=False) as bar:

        def progress(device: str, done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.set_postfix_str(device)

        make: Any = export_on_server if on_server else make_here
        manifest = make(client, kind, folder, start=start, end=end, progress=progress, **options)
    say(f"{folder}: {len(manifest.files)} files, described by {folder / 'manifest.json'}")


def open_command(
    manifest: Annotated[Path, typer.Argument(help="A manifest.json, or its folder")],
    again: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Makes the export again, there")] = None,
    place: Place = "",
) -> None:
    """Says what an export is, and whether its files are as they were; --again makes the same from the place."""
    from ..exports import again as make_again
    from ..exports import open_manifest

    found = open_manifest(manifest)
    query = ", ".join(f"{name} {value}" for name, value in found.query.items() if value not in (None, ""))
    say(f"{found.kind} of {found.created}: {query}")
    found.check()
    say(f"{len(found.files)} files are as they were")
    if again:
        with open_place(place) as client:
            make_again(client, manifest, again)
        say(f"{again} is written")


@contextmanager
def _errors_told() -> Iterator[None]:
    """What the analysis cannot do is said in its words."""
    try:
        yield
    except ValueError as error:
        raise InvalidInput(f"{error}" + ("; or --clock utc" if "position" in str(error) else "")) from error


def _season(
    client: Client,
    device: str,
    start: str | None,
    end: str | None,
    rank: str,
    algorithm: str | None,
    people: bool,
    project: int | None,
) -> tuple[Any, Any, Any]:
    """Captures, images and deployments, as the analysis takes them. Raises InvalidInput where there is nothing."""
    import pandas as pd

    from ..analysis import captures

    images = client.images(device, start, end, columns=["device", "datetime", "lat", "lng", "alt"]).to_pandas()
    if images.empty:
        raise InvalidInput("there is no image: other devices, or another range?")
    labelled = client.get_tiled_tuboid_series_itc_labels(_series(device, None, None))
    caught = captures(labelled, people=people, algorithm=_algorithm(algorithm), rank=rank)
    first, last = images.datetime.min(), images.datetime.max()
    caught = caught[caught.datetime.between(first, last)]
    if project is None:
        stays = images.groupby("device").datetime.agg(["min", "max"]).reset_index()
        stays.columns = pd.Index(["device", "start_datetime", "end_datetime"])
        return caught, images, stays
    return caught, images, client.deployments(project).to_pandas()


def _series(device: str, start: str | None, end: str | None) -> list[dict[str, Any]]:
    return [{"device": device, "start_datetime": start or "1970-01-01", "end_datetime": end or "2999-01-01"}]


def _algorithm(text: str | None) -> str | tuple[str, str] | None:
    name, _, version = (text or "").partition(":")
    return (name, version) if version and name != "human" else text


def _save(figure: Any, path: Path) -> None:
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise InvalidInput(f"--plot is {str(path)!r}: its name takes .png, .svg or .pdf at its end")
    figure.savefig(path, dpi=150)
    say(f"{path} is written")


def _write_bars(profile: Any) -> None:
    """A line a taxon: a bar an hour, each taxon on a scale of its own."""
    sys.stdout.write(f"{'':24}0     6     12    18     captures\n")
    for taxon, rows in profile.groupby("taxon", sort=False):
        rates = rows.sort_values("hour").per_hour.fillna(0)
        most = rates.max() or 1
        bars = "".join(_BARS[round(8 * rate / most)] for rate in rates)
        sys.stdout.write(f"{str(taxon)[:23]:24}{bars} {rows.captures.sum():6.0f}\n")
