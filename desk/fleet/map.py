"""The map of the traps: a grid of latitude and longitude, drawn to scale."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 1000, 380, 48
_LEAST_SPAN = 0.002  # degrees: about 200 m
_MAX_NAMED = 25
_LABEL = 40  # room that the degrees of a line take
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Place:
    """A trap and its position, degrees; None where unknown."""

    device: str
    status: str
    coordinates: tuple[float, float] | None


@dataclass(frozen=True)
class Line:
    """A line of the grid: where it is in the drawing, and the degrees it stands for."""

    at: float
    text: str


@dataclass(frozen=True)
class Point:
    """A trap in the drawing; its name is on the left where there is no room on the right."""

    device: str
    status: str
    x: float
    y: float
    lat: float
    lng: float

    @property
    def text(self) -> str:
        """Its position in words."""
        return f"{self.lat:.5f}, {self.lng:.5f}"

    @property
    def is_named_on_the_left(self) -> bool:
        """Whether its name is on the left."""
        return self.x > WIDTH - 90


@dataclass(frozen=True)
class Map:
    """What is drawn. `scale`: length of the bar that `scale_text` is of; `lat`, `lng`: the middle.

    `unit`: length of a degree of longitude there.
    """

    points: list[Point]
    meridians: list[Line]
    parallels: list[Line]
    scale: float
    scale_text: str
    n_unknown: int
    lat: float
    lng: float
    unit: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def has_names(self) -> bool:
        """Whether there is room for the names."""
        return len(self.points) <= _MAX_NAMED


@dataclass(frozen=True)
class _Projection:
    """Equirectangular: true to scale at the middle. `unit` is the length of a degree of latitude in the drawing."""

    lat: float
    lng: float
    unit: float

    @classmethod
    def of(cls, places: Sequence[tuple[float, float]]) -> "_Projection":
        lats, lngs = zip(*places, strict=True)
        south, north, west, east = min(lats), max(lats), min(lngs), max(lngs)
        lat, lng = (south + north) / 2, (west + east) / 2
        height, width = max(north - south, _LEAST_SPAN), max((east - west) * _shrink(lat), _LEAST_SPAN)
        return cls(lat, lng, min((HEIGHT - 2 * MARGIN) / height, (WIDTH - 2 * MARGIN) / width))

    def x(self, lng: float) -> float:
        return round(WIDTH / 2 + (lng - self.lng) * self.unit * _shrink(self.lat), 1)

    def y(self, lat: float) -> float:
        return round(HEIGHT / 2 - (lat - self.lat) * self.unit, 1)

    def meridians(self) -> list[Line]:
        half = WIDTH / 2 / self.unit / _shrink(self.lat)
        return [Line(self.x(at), text) for at, text in _ticks(self.lng, half) if self.x(at) < WIDTH - _LABEL]

    def parallels(self) -> list[Line]:
        lines = _ticks(self.lat, HEIGHT / 2 / self.unit)
        return [Line(self.y(at), text) for at, text in lines if _LABEL / 2 < self.y(at) < HEIGHT - _LABEL / 2]


def draw(places: Iterable[Place]) -> Map | None:
    """The map of these traps; None if no position is known."""
    places = list(places)
    known = [(place, *place.coordinates) for place in places if place.coordinates]
    if not known:
        return None
    projection = _Projection.of([(lat, lng) for _, lat, lng in known])
    km = _round_down(WIDTH / 6 / projection.unit * _KM_PER_DEGREE)
    return Map(
        points=[
            Point(place.device, place.status, projection.x(lng), projection.y(lat), lat, lng)
            for place, lat, lng in known
        ],
        meridians=projection.meridians(),
        parallels=projection.parallels(),
        scale=round(km / _KM_PER_DEGREE * projection.unit, 1),
        scale_text=f"{km:g} km" if km >= 1 else f"{km * 1000:g} m",
        n_unknown=len(places) - len(known),
        lat=projection.lat,
        lng=projection.lng,
        unit=projection.unit * _shrink(projection.lat),
    )


def _shrink(lat: float) -> float:
    """Length of a degree of longitude, in degrees of latitude."""
    return max(math.cos(math.radians(lat)), 1e-6)


def _round_down(value: float) -> float:
    """The greatest of 1, 2, 5 times a power of ten that is not above a value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (5, 2, 1) if power * factor <= value * 1.0001)


def _ticks(middle: float, half: float) -> list[tuple[float, str]]:
    """Round degrees within `half` of the middle, four to ten of them."""
    step = _round_down(half / 2)
    digits = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil((middle - half) / step), math.floor((middle + half) / step)
    return [(number * step, f"{number * step:.{digits}f}°") for number in range(first, last + 1)]
