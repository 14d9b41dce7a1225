"""What the demo uploads, and a summary of it."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, cast

from simulation.card import render
from simulation.detections import annotation
from simulation.devices import Device
from simulation.fleet import Fleet
from simulation.tuboids import Tuboid, labels, tuboids, write
from sticky_pi_api.client import BaseClient
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.people import person_algo_name
from sticky_pi_api.types import AnnotType

N_DEVICES, DAYS, TUBOIDS_PER_DEVICE = 4, 2, 15
DETECTOR = "sticky-pi-universal-insect-detector"
MATCHER = "sticky-pi-siamese-insect-matcher"
CLASSIFIER = "sticky-pi-insect-tuboid-classifier"
PERSON = person_algo_name("demo")
_QUALITIES = {"first": 0.8, "second": 0.95}  # of two versions of each algorithm
_SHARE_OF_PERSON = 3  # every third tuboid has been looked at by somebody
_ANNOTATIONS_PER_CALL = 100
_ROW = "{:<10}{:>8}{:>12}{:>14}{:>10}   {:<20}"


def upload(client: BaseClient, start: datetime) -> None:
    """Uploads what is not there yet of the fleet that ran from `start` (naive UTC), a device after the other."""
    fleet = Fleet(n_devices=N_DEVICES, days=DAYS, start=start)
    for number, device in enumerate(fleet.devices, start=1):
        print(f"Trap {device.id} ({number} of {N_DEVICES}) uploads its pictures", flush=True)
        _upload_images(client, fleet, device)
        _upload_annotations(client, fleet, device)
        _upload_tuboids(client, fleet, device)


def summary(client: BaseClient, start: datetime) -> str:
    """A text table with a line per device."""
    info = [{"device": "%", "start_datetime": start, "end_datetime": start + timedelta(days=DAYS)}]
    images = client.get_image_series(info)
    annotated = client.get_images_with_uid_annotations_series(info)
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


def _version(algo_name: str, rank: str) -> str:
    """`<unix timestamp>-<md5>`, the same at every start."""
    seconds = 1_650_000_000 + (rank == "second") * 10_000_000
    return f"{seconds}-{hashlib.md5(f'{algo_name} {rank}'.encode()).hexdigest()}"


def _upload_images(client: BaseClient, fleet: Fleet, device: Device) -> None:
    shots = list(fleet.shots(device))
    there = {row["datetime"] for row in client.get_images([_key(device, shot.datetime) for shot in shots])}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for shot in shots:
            if shot.datetime not in there:
                paths.append(Path(folder) / shot.name)
                paths[-1].write_bytes(render(shot))
        client.put_images(paths)


def _upload_annotations(client: BaseClient, fleet: Fleet, device: Device) -> None:
    shots = {shot.datetime: shot for shot in fleet.shots(device)}
    keys = [_key(device, moment) for moment in shots]
    md5s = {row["datetime"]: row["md5"] for row in client.get_images(keys)}
    there = Counter(row["algo_version"] for row in client.get_uid_annotations(keys))
    for rank, quality in _QUALITIES.items():
        version = _version(DETECTOR, rank)
        if there[version]:
            continue
        found = (annotation(shots[moment], DETECTOR, version, md5, quality) for moment, md5 in md5s.items())
        for chunk in chunker(found, _ANNOTATIONS_PER_CALL):
            client.put_uid_annotations(cast(AnnotType, chunk))


def _upload_tuboids(client: BaseClient, fleet: Fleet, device: Device) -> None:
    info = [{"device": device.id, "start_datetime": fleet.start, "end_datetime": fleet.end}]
    if client.get_tiled_tuboid_series(info):
        return
    version = _version(MATCHER, "second")
    followed = list(islice(tuboids(fleet, device, fleet.start, fleet.end, MATCHER, version), TUBOIDS_PER_DEVICE))
    with tempfile.TemporaryDirectory() as folder:
        client.put_tiled_tuboids([write(each, Path(folder)) for each in followed], followed[0].series_info)
    client.put_itc_labels(list(_labels(followed)))


def _labels(followed: list[Tuboid]) -> Iterator[dict[str, Any]]:
    """Of two versions of the classifier, and of a person, who is right."""
    for number, tuboid in enumerate(followed):
        for rank, quality in _QUALITIES.items():
            yield from labels(tuboid, CLASSIFIER, _version(CLASSIFIER, rank), quality)
        if number % _SHARE_OF_PERSON == 0:
            yield from labels(tuboid, PERSON, _version(PERSON, "first"), 1)


def _key(device: Device, moment: datetime) -> dict[str, Any]:
    return {"device": device.id, "datetime": moment}
