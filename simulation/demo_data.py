"""What the demo uploads, and a summary of it."""

import csv
import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from simulation.card import render
from simulation.climate import FAILED_HUMIDITY, FAILED_TEMPERATURE
from simulation.detections import annotation
from simulation.devices import Device
from simulation.fleet import Shot
from simulation.season import Season
from simulation.tuboids import Tuboid, labels, tuboids, write
from sticky_pi_api.client import BaseClient
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.people import person_algo_name
from sticky_pi_api.types import AnnotType

DETECTOR = "sticky-pi-universal-insect-detector"
MATCHER = "sticky-pi-siamese-insect-matcher"
CLASSIFIER = "sticky-pi-insect-tuboid-classifier"
PROJECT = "Hedgerows"
_QUALITIES = {"first": 0.8, "second": 0.95}  # of two versions of the detector
_ACCURACIES = {"first": 0.7, "second": 0.9}  # and of the classifier
_PEOPLE = {"demo": (3, 0.98), "ann": (4, 0.85)}  # every which tuboid they have labelled, and how often they are right
_CORRECTED = 12  # every which image of the last day a person has corrected
_SHOTS_OF_TUBOID = 8
_ANNOTATIONS_PER_CALL = 100
_COLUMNS = {"treatment": "VARCHAR(16)", "lat": "REAL", "lng": "REAL"}
_LATITUDE = 49.2442  # of traps whose GPS does not say
_ROW = "{:<10}{:>8}{:>12}{:>14}{:>10}   {:<20}"


def write_table(season: Season, path: Path) -> None:
    """The images whose files are not kept, as `manage.py import_images` takes them."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(_record(next(season.shots()))))
        table.writeheader()
        table.writerows(_record(shot) for shot in season.shots() if shot.datetime < season.kept_from)


def has_images(client: BaseClient, season: Season) -> bool:
    """Whether the season's first card is there."""
    start, end = season.cards()[0]
    return bool(client.get_image_series([{"device": "%", "start_datetime": start, "end_datetime": end}]))


def upload(client: BaseClient, season: Season, device: Device) -> None:
    """Uploads what is not there yet of a device."""
    print(f"Trap {device.id} uploads its pictures", flush=True)
    _upload_images(client, season, device)
    _upload_annotations(client, season, device)
    _upload_tuboids(client, season, device)


def upload_project(client: BaseClient, season: Season) -> None:
    """The project, with a deployment for each card of each trap."""
    if client.get_projects([{"name": PROJECT}]):
        return
    description = "Do hedgerows bring more insects than mown strips? Simulated."
    (project,) = client.put_projects([{"name": PROJECT, "description": description}])
    ours = {"project_id": project["id"]}
    client.put_project_columns(
        [{**ours, "column_name": name, "column_SQL_type": kind} for name, kind in _COLUMNS.items()]
    )
    client.put_project_series(
        [
            {**ours, **_place(season, device), "device": device.id, "start_datetime": start, "end_datetime": end}
            for device in season.devices
            for start, end in season.cards()
        ]
    )


def summary(client: BaseClient, season: Season) -> str:
    """A text table with a line per device."""
    info = [{"device": "%", "start_datetime": season.start, "end_datetime": season.end}]
    images = client.get_image_series(info)
    annotated = client.get_images_with_uid_annotations_series([{**info[0], "start_datetime": season.kept_from}])
    annotations = Counter(row["device"] for row in annotated if row["algo_name"])
    found = Counter(row["device_series"] for row in client.get_tiled_tuboid_series(info))
    lines = [_ROW.format("trap", "images", "mean temp.", "annotations", "tuboids", "last image (UTC)")]
    for device in sorted({row["device"] for row in images}):
        of_device = [row for row in images if row["device"] == device]
        temperatures = [row["temp"] for row in of_device if row["temp"] is not None]
        mean = f"{sum(temperatures) / len(temperatures):.1f} °C"
        last = f"{of_device[-1]['datetime']:%Y-%m-%d %H:%M}"
        lines.append(_ROW.format(device, len(of_device), mean, annotations[device], found[device], last))
    return "\n".join(lines)


def _record(shot: Shot) -> dict[str, Any]:
    """A row of the table: what the server would read from the file."""
    device, readings = shot.device, shot.readings
    place = {"lat": device.lat, "lng": device.lng, "alt": device.alt} if device.lat else {}
    second = device.generation == 2
    return {
        "device": device.id,
        "datetime": format_datetime(shot.datetime),
        "md5": hashlib.md5(shot.name.encode()).hexdigest(),
        "width": shot.size[0],
        "height": shot.size[1],
        "device_version": device.version if second else "",
        **{name: place.get(name, "") for name in ("lat", "lng", "alt")},
        "temp": "" if readings.temp == FAILED_TEMPERATURE else readings.temp,
        "hum": "" if readings.hum == FAILED_HUMIDITY else readings.hum,
        "lum": readings.light if second else "",
        "bat": readings.battery if second else "",
        "but": readings.button if second else "",
    }


def _place(season: Season, device: Device) -> dict[str, Any]:
    """Where a trap really stands, whatever its GPS says."""
    lat = device.lng if device.lat < 0 else device.lat or _LATITUDE
    return {"treatment": season.treatment(device), "lat": round(lat, 5), "lng": round(device.longitude, 5)}


def _version(algo_name: str, rank: str) -> str:
    """`<unix timestamp>-<md5>`, the same at every start."""
    seconds = 1_650_000_000 + (rank == "second") * 10_000_000
    return f"{seconds}-{hashlib.md5(f'{algo_name} {rank}'.encode()).hexdigest()}"


def _kept(season: Season, device: Device) -> list[Shot]:
    return [shot for shot in season.shots(device) if shot.datetime >= season.kept_from]


def _upload_images(client: BaseClient, season: Season, device: Device) -> None:
    shots = _kept(season, device)
    there = {row["datetime"] for row in client.get_images([_key(device, shot.datetime) for shot in shots])}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for shot in shots:
            if shot.datetime not in there:
                paths.append(Path(folder) / shot.name)
                paths[-1].write_bytes(render(shot))
        client.put_images(paths)


def _upload_annotations(client: BaseClient, season: Season, device: Device) -> None:
    """By two versions of the detector; and of some images by a person, who finds all."""
    shots = _kept(season, device)
    keys = [_key(device, shot.datetime) for shot in shots]
    md5s = {row["datetime"]: row["md5"] for row in client.get_images(keys)}
    there = {(row["algo_name"], row["algo_version"]) for row in client.get_uid_annotations(keys)}
    person = person_algo_name("demo")
    made = [(DETECTOR, _version(DETECTOR, rank), quality, shots) for rank, quality in _QUALITIES.items()]
    made.append((person, _version(person, "second"), 1.0, shots[::_CORRECTED]))
    for name, version, quality, of_shots in made:
        if (name, version) in there:
            continue
        found = (annotation(shot, name, version, md5s[shot.datetime], quality) for shot in of_shots)
        for chunk in chunker(found, _ANNOTATIONS_PER_CALL):
            client.put_uid_annotations(cast(AnnotType, chunk))


def _upload_tuboids(client: BaseClient, season: Season, device: Device) -> None:
    """A series for each card."""
    info = {"device": device.id, "start_datetime": season.start, "end_datetime": season.end}
    there = {row["start_datetime_series"] for row in client.get_tiled_tuboid_series([info])}
    for start, end in season.cards():
        if start in there:
            continue
        followed = _followed(season, device, start, end)
        if not followed:
            continue
        with tempfile.TemporaryDirectory() as folder:
            client.put_tiled_tuboids([write(each, Path(folder)) for each in followed], followed[0].series_info)
        client.put_itc_labels(list(_labels(followed)))


def _followed(season: Season, device: Device, start: datetime, end: datetime) -> list[Tuboid]:
    found = tuboids(
        season,
        device,
        start,
        end,
        MATCHER,
        _version(MATCHER, "second"),
        max_shots=_SHOTS_OF_TUBOID,
        choose=lambda insects: season.followed(device, insects),
    )
    return list(found)


def _labels(followed: Sequence[Tuboid]) -> Iterator[dict[str, Any]]:
    """Of two versions of the classifier, and of people, who err less often."""
    for number, tuboid in enumerate(followed):
        for rank, accuracy in _ACCURACIES.items():
            yield from labels(tuboid, CLASSIFIER, _version(CLASSIFIER, rank), accuracy)
        for user, (every, accuracy) in _PEOPLE.items():
            if number % every == 0:
                name = person_algo_name(user)
                yield from labels(tuboid, name, _version(name, "first"), accuracy)


def _key(device: Device, moment: datetime) -> dict[str, Any]:
    return {"device": device.id, "datetime": moment}
