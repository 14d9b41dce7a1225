"""What the sensors of a trap say at a moment: temperature, humidity, light and battery over the day."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from .devices import Device

FAILED_TEMPERATURE, FAILED_HUMIDITY = -300.0, -1.0

_FAILS = 0.02  # share of pictures for which the temperature sensor does not answer
_BATTERY_HOURS = (0.0, 6.5, 14.0, 17.5, 24.0)
_BATTERY_LEVELS = (62.0, 45.0, 97.0, 92.0, 62.0)  # %, charged by the sun and drained by night


@dataclass(frozen=True, slots=True)
class Readings:
    """Temperature (degrees Celsius), relative humidity (%), sunlight (0-1), battery (%), button pressed or not."""

    temp: float
    hum: float
    light: float
    battery: int
    button: bool


def local_hour(longitude: float, moment: datetime) -> float:
    """Solar time in hours, 0-24, of a naive UTC moment."""
    return (moment.hour + moment.minute / 60 + moment.second / 3600 + longitude / 15) % 24


def readings(device: Device, moment: datetime, rng: np.random.Generator) -> Readings:
    """The readings of a device at a moment; `rng` adds noise and the odd failure."""
    hour = local_hour(device.longitude, moment)
    sky = np.random.default_rng([device.seed, moment.toordinal()])
    clearness, front = sky.uniform(0.35, 1), sky.normal(0, 1.5)
    warming = math.cos((hour - 15) / 24 * 2 * math.pi)  # warmest in mid-afternoon
    sun = max(0.0, math.cos((hour - 12) / 24 * 2 * math.pi) + 0.25) / 1.25
    temp = device.warmth + front + device.swing * (0.4 + 0.6 * clearness) * warming + rng.normal(0, 0.3)
    hum = device.dampness - 20 * clearness * warming - 2 * front + rng.normal(0, 1.5)
    failed = rng.random() < _FAILS
    return Readings(
        temp=FAILED_TEMPERATURE if failed else round(float(temp), 1),
        hum=FAILED_HUMIDITY if failed else round(float(np.clip(hum, 15, 99.9)), 1),
        light=round(float(sun * clearness * rng.uniform(0.85, 1)), 3),
        battery=round(float(np.clip(np.interp(hour, _BATTERY_HOURS, _BATTERY_LEVELS) + rng.normal(0, 1), 0, 100))),
        button=bool(rng.random() < 0.01),
    )
