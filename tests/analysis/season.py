"""A short season: two traps, eight taxa that fly at their own hours, and the files that clients upload of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sticky_pi_api.client import BaseClient
from sticky_pi_api.core.formats import format_datetime, image_name
from tests.client.samples import annotation, jpeg

DEVICES = ("5c173ff2", "0a5bb6f4")
START, DAYS, STEP = datetime(2020, 6, 24, 22), 3, timedelta(minutes=30)
LAT, LNG = 49.2434, -121.8460
MATCHER, CLASSIFIER = ("1600000000-" + "a" * 32), ("1611993657-" + "b" * 32)
PEAKS = {  # hour (UTC) at which each flies most: (order, family, genus)
    ("Hemiptera", "Cicadellidae", "Edwardsiana"): 4,
    ("Diptera", "Psychodidae", None): 4.5,
    ("Diptera", "Culicidae", None): 8,
    ("Diptera", "Muscidae", None): 20,
    ("Diptera", "Sciaridae", None): 23,
    ("Diptera", "Syrphidae", None): 20,
    ("Hymenoptera", "Halictidae", None): 19.5,
    ("Lepidoptera", None, None): 7.5,
}
PER_TAXON = 12


@dataclass(frozen=True)
class Insect:
    """One tuboid to be."""

    device: str
    start: datetime
    ranks: tuple[str | None, ...]
    scale: float


@dataclass(frozen=True)
class Season:
    """What was photographed and caught; the same arguments give the same season."""

    seed: int = 1
    insects: list[Insect] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        found = []
        for ranks, peak in PEAKS.items():
            for number in range(PER_TAXON):
                hour = (peak - START.hour + rng.normal(0, 1.5)) % 24 + 24 * rng.integers(DAYS)
                shot = START + STEP * int(np.clip(hour / 0.5, 0, DAYS * 48 - 1))
                found.append(Insect(DEVICES[number % 2], shot, ranks, float(rng.uniform(1, 5))))
        object.__setattr__(self, "insects", found)

    def moments(self) -> list[datetime]:
        return [START + STEP * number for number in range(DAYS * 48)]

    def deployments(self) -> list[dict[str, Any]]:
        end = START + timedelta(days=DAYS)
        return [
            {"device": device, "start_datetime": START, "end_datetime": end, "lat": LAT, "lng": LNG}
            for device in DEVICES
        ]

    def images(self) -> list[dict[str, Any]]:
        return [{"device": device, "datetime": moment} for device in DEVICES for moment in self.moments()]

    def captures(self) -> list[dict[str, Any]]:
        return [
            {"device": one.device, "datetime": one.start, "taxon": next(filter(None, reversed(one.ranks)))}
            for one in self.insects
        ]


def upload(client: BaseClient, season: Season, folder: Path) -> None:
    """All of it, as harvesters, detectors, matchers and classifiers do."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = jpeg(size=(64, 48))
    paths = [folder / image_name(row["device"], row["datetime"]) for row in season.images()]
    for path in paths:
        path.write_bytes(picture)
    rows = client.put_images(paths)
    client.put_uid_annotations([annotation(row) for row in rows])
    for device in DEVICES:
        mine = [one for one in season.insects if one.device == device]
        info = {
            "device": device,
            "start_datetime": START,
            "end_datetime": START + timedelta(days=DAYS),
            "algo_name": "matcher",
            "algo_version": MATCHER,
            "n_images": DAYS * 48,
            "n_tuboids": len(mine),
        }
        client.put_tiled_tuboids(list(_directories(folder, mine, info)), info)
    client.put_itc_labels(list(_labels(season)))


def tuboid_id(device: str, number: int) -> str:
    start, end = format_datetime(START), format_datetime(START + timedelta(days=DAYS))
    return f"{device}.{start}.{end}.{MATCHER}.{number:04d}"


def _directories(folder: Path, insects: list[Insect], info: dict[str, Any]) -> Iterator[Path]:
    mosaic, context = jpeg(size=(896, 224)), jpeg(size=(256, 192))
    for number, one in enumerate(insects):
        directory = folder / tuboid_id(info["device"], number)
        directory.mkdir()
        (directory / "tuboid.jpg").write_bytes(mosaic)
        (directory / "context.jpg").write_bytes(context)
        shots = [one.start + STEP * step for step in range(2) if one.start + STEP * step < info["end_datetime"]]
        lines = [f"{one.device}.{format_datetime(shot)},30.5,20.25,{one.scale}\n" for shot in shots]
        (directory / "metadata.txt").write_text("".join(lines))
        yield directory


def _labels(season: Season) -> Iterator[dict[str, Any]]:
    for device in DEVICES:
        for number, one in enumerate(one for one in season.insects if one.device == device):
            order, family, genus = one.ranks
            named = {"order": order, "family": family, "genus": genus}
            label = {"tuboid_id": tuboid_id(device, number), "label": 2, "pattern": "x", "type": "Insecta"}
            yield {**label, **named, "algo_name": "classifier", "algo_version": CLASSIFIER}
            if number % 4 == 0:
                yield {**label, **named, "algo_name": "human:ann", "algo_version": CLASSIFIER}
