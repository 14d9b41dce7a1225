"""What a trap catches: which insects come when, where they stick, and how long they stay."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from .climate import local_hour
from .devices import Device
from .taxa import HABITATS, TAXA, Taxon

CARD_LIFE = timedelta(days=7)  # then the card is replaced by an empty one
FULL_WIDTH = 2592
PIXELS_PER_MM = 14  # on a picture of full width

_ESCAPES = 0.06  # share of insects that free themselves within hours


@dataclass(frozen=True, slots=True)
class Insect:
    """An insect on a card: centre (pixels), angle (radians), length of the body (pixels), and its stay."""

    taxon: Taxon
    x: float
    y: float
    angle: float
    length: float
    arrival: datetime
    departure: datetime
    seed: int


@lru_cache(maxsize=256)
def catch(device: Device, start: datetime, end: datetime, size: tuple[int, int]) -> tuple[Insect, ...]:
    """All that a trap catches in [start, end), in order of arrival, on cards of `size` (width, height) pixels."""
    rng = np.random.default_rng([device.seed, 2])
    days = math.ceil((end - start) / timedelta(days=1))
    insects = []
    for taxon in TAXA:
        rate = taxon.per_day * device.temperament * HABITATS[device.habitat].get(taxon.order, 1.0)
        for day, count in enumerate(rng.poisson(rate, days)):
            midnight = start + timedelta(days=day)
            insects += [_insect(taxon, _arrival(taxon, device, midnight, rng), start, size, rng) for _ in range(count)]
    return tuple(sorted((insect for insect in insects if insect.arrival < end), key=lambda insect: insect.arrival))


def _arrival(taxon: Taxon, device: Device, midnight: datetime, rng: np.random.Generator) -> datetime:
    """A moment of the 24 hours after `midnight` (UTC) at which the taxon is active."""
    hour = rng.choice(taxon.peaks) + rng.normal(0, taxon.spread) - local_hour(device.longitude, midnight)
    return midnight + timedelta(hours=hour % 24)


def _insect(
    taxon: Taxon, arrival: datetime, start: datetime, size: tuple[int, int], rng: np.random.Generator
) -> Insect:
    width, height = size
    card_end = start + ((arrival - start) // CARD_LIFE + 1) * CARD_LIFE
    stay = timedelta(hours=rng.uniform(0.5, 8)) if rng.random() < _ESCAPES else CARD_LIFE
    return Insect(
        taxon=taxon,
        x=float(rng.uniform(0.02, 0.98) * width),
        y=float(rng.uniform(0.02, 0.98) * height),
        angle=float(rng.uniform(0, 2 * math.pi)),
        length=taxon.millimetres * PIXELS_PER_MM * width / FULL_WIDTH * float(rng.uniform(0.8, 1.2)),
        arrival=arrival,
        departure=min(arrival + stay, card_end),
        seed=int(rng.integers(2**32)),
    )
