"""A fleet of traps: when they take a picture, and what is on their cards by then."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sticky_pi_api.core.formats import image_name

from .catch import Insect, catch
from .climate import Readings, readings
from .devices import Device, make_device

INTERVAL = timedelta(minutes=20)

_GAP = 0.015  # share of pictures never taken


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who took it, when (naive UTC), what the sensors said, and the insects on the card, oldest first."""

    device: Device
    synchronised: datetime
    datetime: datetime
    size: tuple[int, int]
    readings: Readings
    insects: tuple[Insect, ...]

    @property
    def name(self) -> str:
        """The name of the image file."""
        return image_name(self.device.id, self.datetime)


class Fleet:
    """A simulated fleet. The same arguments give the same fleet, to the byte of every picture.

    Args:
        n_devices: number of traps, every other one of firmware generation 1.
        days: how long they run.
        start: naive UTC.
        seed: any non-negative integer.
        size: (width, height) of the pictures in pixels, both even.
    """

    def __init__(
        self,
        n_devices: int = 4,
        days: float = 2,
        start: datetime = datetime(2022, 6, 20),
        seed: int = 1,
        size: tuple[int, int] = (2592, 1944),
    ) -> None:
        self.start, self.end, self.size = start, start + timedelta(days=days), size
        seeds = np.random.default_rng(seed).choice(2**32, n_devices, replace=False)
        self.devices = [make_device(index, int(device_seed)) for index, device_seed in enumerate(seeds)]

    def shots(self, device: Device | None = None) -> Iterator[Shot]:
        """The pictures, a device after the other and in order of time within one; or those of one device."""
        for each in [device] if device else self.devices:
            insects = self.insects(each)
            for number in range(int((self.end - self.start) / INTERVAL)):
                shot = self._shot(each, number, insects)
                if shot:
                    yield shot

    def insects(self, device: Device) -> tuple[Insect, ...]:
        """All that a device catches, in order of arrival."""
        return catch(device, self.start, self.end, self.size)

    def _shot(self, device: Device, number: int, insects: tuple[Insect, ...]) -> Shot | None:
        rng = np.random.default_rng([device.seed, number])
        if rng.random() < _GAP:
            return None
        offset = device.seed % 1180 + 10  # seconds: traps do not fire together
        moment = self.start + number * INTERVAL + timedelta(seconds=offset + int(rng.integers(-6, 7)))
        return Shot(
            device=device,
            datetime=moment,
            size=self.size,
            readings=readings(device, moment, rng),
            synchronised=self.start - timedelta(hours=3, seconds=offset),
            insects=tuple(insect for insect in insects if insect.arrival <= moment < insect.departure),
        )
