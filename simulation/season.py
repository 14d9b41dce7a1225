"""A season of a fleet: two treatments, a dying battery, a trap that falls silent, insects with their own hours."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

import numpy as np

from .catch import CARD_LIFE, Insect
from .devices import Device
from .fleet import Fleet, Shot

DAYS = 72  # ten cards, and two days of another one
N_DEVICES = 6
KEPT_DAYS = 1  # the last ones, of which the files of images are kept
TREATMENTS = {"hedgerow": 0.5, "mown": 0.2}  # what a trap catches there, of what one in the wild catches
FAMILIES = (
    "Psychodidae", "Culicidae", "Chironomidae", "Sciaridae", "Muscidae", "Syrphidae",
    "Noctuidae", "Tortricidae", "Coccinellidae", "Halictidae", "Chrysopidae", "Cicadellidae",
)  # fmt: skip
_TUBOIDS = {"hedgerow": 10, "mown": 5}  # that are followed of a card
_DYING, _SILENT = 1, 3  # which trap
_BATTERY_DAYS, _SILENT_DAYS = 16, 5


class Season(Fleet):
    """The same arguments give the same season."""

    def __init__(
        self, start: datetime, days: float = DAYS, seed: int = 1, size: tuple[int, int] = (2592, 1944)
    ) -> None:
        super().__init__(N_DEVICES, days, start, seed, size)
        self.devices = [
            replace(
                device, temperament=TREATMENTS[self._treatment(index)] * float(np.clip(device.temperament, 0.7, 1.4))
            )
            for index, device in enumerate(self.devices)
        ]
        self._shots: dict[str, list[Shot]] = {}

    @property
    def kept_from(self) -> datetime:
        """From when on files are kept."""
        return self.end - timedelta(days=KEPT_DAYS)

    def treatment(self, device: Device) -> str:
        """Where a trap stands."""
        return self._treatment(self.devices.index(device))

    def cards(self) -> list[tuple[datetime, datetime]]:
        """From when to when each card is in the traps."""
        starts = [self.start + number * CARD_LIFE for number in range(-(-(self.end - self.start) // CARD_LIFE))]
        return [(start, min(start + CARD_LIFE, self.end)) for start in starts]

    def shots(self, device: Device | None = None) -> Iterator[Shot]:
        """As those of any fleet; the shots of a device are made once."""
        for each in [device] if device else self.devices:
            if each.id not in self._shots:
                self._shots[each.id] = [shot for shot in map(self._aged, super().shots(each)) if shot]
            yield from self._shots[each.id]

    def followed(self, device: Device, insects: list[Insect]) -> list[Insect]:
        """Those of a card that are followed: of each family as many, as far as there are any."""
        of_family: dict[str, list[Insect]] = defaultdict(list)
        for insect in sorted(insects, key=lambda each: each.seed):
            if insect.taxon.family in FAMILIES:
                of_family[str(insect.taxon.family)].append(insect)
        in_turn = [each for turn in zip_longest(*of_family.values()) for each in turn if each]
        return sorted(in_turn[: _TUBOIDS[self.treatment(device)]], key=lambda each: each.arrival)

    def _aged(self, shot: Shot) -> Shot | None:
        index, left = self.devices.index(shot.device), self.end - shot.datetime
        if index == _SILENT and left < timedelta(days=_SILENT_DAYS):
            return None
        if index != _DYING:
            return shot
        charge = min(1.0, 0.04 + left / timedelta(days=_BATTERY_DAYS))
        return replace(shot, readings=replace(shot.readings, battery=round(shot.readings.battery * charge)))

    @staticmethod
    def _treatment(index: int) -> str:
        return list(TREATMENTS)[index // 3]
