"""How long an insect is: in pixels of the image, and in millimetres where somebody has measured what a pixel is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from desk.mosaics import TILE
from sticky_pi_api.core.shots import Shot
from tuboids.models import ImageScale


@dataclass(frozen=True)
class Size:
    """Length of the square that holds the insect: the median of its shots."""

    pixels: float
    pixels_per_mm: float | None

    @property
    def mm(self) -> float | None:
        """In millimetres; None where the scale is not known."""
        return self.pixels / self.pixels_per_mm if self.pixels_per_mm else None


def size_of(shots: Sequence[Shot], pixels_per_mm: float | None) -> Size:
    """The size of a tuboid."""
    return Size(median(TILE / shot.scale for shot in shots), pixels_per_mm)


def scales(devices: Collection[str]) -> dict[str, float | None]:
    """Pixels per millimetre of devices: their own, or that of all. One query."""
    known = dict(ImageScale.objects.filter(device__in=[*devices, ""]).values_list("device", "pixels_per_mm"))
    return {device: known.get(device, known.get("")) for device in devices}
