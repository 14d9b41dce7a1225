"""The traps of a fleet: their firmware, their position, and the place where each stands."""

from dataclasses import dataclass, replace

import numpy as np

from .taxa import HABITATS


@dataclass(frozen=True, slots=True)
class Device:
    """A trap. `lat`, `lng`, `alt` are what its GPS says: zeros without a fix, swapped on one of the old ones.

    Attributes:
        generation: of the firmware, 1 or 2.
        temperament: how much it catches, 1 being the average.
        warmth, swing: mean temperature and half its daily range, degrees Celsius.
        dampness: mean relative humidity, %.
        longitude: the true one, which sets the local time.
        coded_comment: whether its UserComment starts with the 8-byte character code.
    """

    id: str
    seed: int
    generation: int
    version: str
    lat: float
    lng: float
    alt: float
    longitude: float
    habitat: str
    temperament: float
    warmth: float
    swing: float
    dampness: float
    coded_comment: bool


def make_device(index: int, seed: int) -> Device:
    """The trap number `index` of a fleet, with its own seed (an unsigned 32-bit integer, which is its id too)."""
    rng = np.random.default_rng(seed)
    lat, lng = 49.2442 + rng.normal(0, 0.04), -121.7583 + rng.normal(0, 0.06)
    device = Device(
        id=f"{seed:08x}",
        seed=seed,
        generation=1 + index % 2,
        version=("3.1.0", "3.0.2", "3.2.1")[index // 2 % 3],
        lat=round(lat, 6),
        lng=round(lng, 6),
        alt=float(rng.integers(12, 90)),
        longitude=lng,
        habitat=str(rng.choice(list(HABITATS))),
        temperament=float(rng.lognormal(0, 0.45)),
        warmth=float(rng.normal(16, 1.5)),
        swing=float(rng.uniform(5, 9)),
        dampness=float(rng.uniform(62, 78)),
        coded_comment=index % 4 == 1,
    )
    return _with_old_gps(device, index // 2) if device.generation == 1 else device


def _with_old_gps(device: Device, rank: int) -> Device:
    if rank == 0:
        return replace(device, lat=device.lng, lng=device.lat)
    return replace(device, lat=0.0, lng=0.0, alt=0.0) if rank % 4 == 1 else device
