"""The drawings of the page Activity, as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desk.activity.niches import Place
from desk.common.bars import Tick, ticks
from desk.common.legend import Entry
from desk.fleet.queries import PER_HOUR

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 340.0, 150.0, 34.0, 6.0, 20.0
MAP, _TEXT = 640.0, 15.0  # width of the map, height of a line
_HOUR = (WIDTH - LEFT - 4) / 24
_READINGS = {"temp": ("Temperature", "°C", "#d9480f"), "hum": ("Humidity", "%", "#1971c2")}
_MARGIN = 70.0
_PER_ROW = 3  # plots in a file


@dataclass(frozen=True)
class Profile:
    """One small plot: captures a trap and hour."""

    entry: Entry
    bars: Sequence[Mapping[str, Any]]
    ticks: Sequence[Tick]
    text: str

    @property
    def title(self) -> str:
        return self.entry.text


def profile(entry: Entry, images: Sequence[float]) -> Profile:
    """The diel profile of a taxon."""
    counts = [entry.numbers.get(hour, 0) for hour in range(24)]
    rates = [PER_HOUR * n / seen if seen else 0.0 for n, seen in zip(counts, images, strict=True)]
    marks = ticks(max(rates), 3)
    height = HEIGHT - TOP - BOTTOM
    bars = [
        {
            "x": round(LEFT + hour * _HOUR + 0.5, 2),
            "y": round(TOP + height * (1 - rate / marks[-1]), 2),
            "width": round(_HOUR - 1, 2),
            "height": round(height * rate / marks[-1], 2),
            "title": f"{hour} to {hour + 1} h: {n:.0f} captures in {seen:,.0f} images, {rate:.4f} a trap and hour",
        }
        for hour, (n, seen, rate) in enumerate(zip(counts, images, rates, strict=True))
    ]
    lines = [Tick(round(TOP + height * (1 - mark / marks[-1]), 1), f"{mark:g}") for mark in marks]
    peak = max(range(24), key=rates.__getitem__)
    return Profile(entry, bars, lines, f"{entry.text}: most a trap and hour from {peak} h")


def nights(night: tuple[float, float] | None) -> list[dict[str, float]]:
    """The shade behind a plot: one piece, or two where midnight is in the middle of it."""
    if night is None:
        return []
    sunset, sunrise = night
    pieces = [(sunset, 24.0), (0.0, sunrise)] if sunset > sunrise else [(sunset, sunrise)]
    return [
        {"x": round(LEFT + start * _HOUR, 1), "width": round((end - start) * _HOUR, 1)}
        for start, end in pieces
        if end > start
    ]


def hour_ticks() -> list[Tick]:
    """The hours beneath a plot."""
    return [Tick(round(LEFT + hour * _HOUR, 1), f"{hour}") for hour in range(0, 25, 6)]


def curves(means: Mapping[str, Sequence[float | None]]) -> list[dict[str, Any]]:
    """Small plots of readings by the hour, those that there are."""
    return [
        _curve(name, [(hour, value) for hour, value in enumerate(means[name]) if value is not None])
        for name in _READINGS
        if any(value is not None for value in means.get(name, ()))
    ]


def _curve(name: str, points: Sequence[tuple[int, float]]) -> dict[str, Any]:
    title, unit, colour = _READINGS[name]
    low, high = min(value for _, value in points), max(value for _, value in points)
    scale = (HEIGHT - TOP - BOTTOM) / ((high - low) or 1.0)
    base = HEIGHT - BOTTOM
    path = " ".join(f"{LEFT + (hour + 0.5) * _HOUR:.1f},{base - (value - low) * scale:.1f}" for hour, value in points)
    ticks = [Tick(base, f"{low:.0f}"), Tick(TOP, f"{high:.0f}")]
    text = f"{title}: from {low:.1f} to {high:.1f} {unit}"
    return {"title": title, "unit": unit, "colour": colour, "path": path, "ticks": ticks, "text": text}


def placed(drawings: Mapping[str, Any]) -> dict[str, Any]:
    """The drawings with their places in one picture: the plots in rows, the map below."""
    plots = [*drawings["profiles"], *drawings["readings"]]
    step, n_rows = HEIGHT + _TEXT + 5, -(-len(plots) // _PER_ROW)
    places = [
        (WIDTH * (index % _PER_ROW), _TEXT + 3 + step * (index // _PER_ROW), plot) for index, plot in enumerate(plots)
    ]
    height = n_rows * step + _TEXT
    found = {**drawings, "plots": places, "width": WIDTH * _PER_ROW, "map_top": height}
    return {**found, "height": height + drawings["map"].get("height", 0)}


def drawn_map(places: Mapping[str, Place], entries: Mapping[str, Entry]) -> dict[str, Any]:
    """Where each taxon, its ellipse and its name are drawn, and the height of the picture."""
    if not places:
        return {}
    xs = [each.x + side * each.long for each in places.values() for side in (-1, 1)]
    ys = [side * each.long - each.y for each in places.values() for side in (-1, 1)]
    width, height = max(xs) - min(xs) or 1.0, max(ys) - min(ys)
    unit = (MAP - 2 * _MARGIN) / max(width, height)
    taxa: list[dict[str, Any]] = [
        {
            "x": round(_MARGIN + (place.x - min(xs)) * unit, 1),
            "y": round(_TEXT + _MARGIN / 2 + (-place.y - min(ys)) * unit, 1),
            "long": round(place.long * unit, 1),
            "short": round(place.short * unit, 1),
            "angle": round(-place.angle, 1),
            "colour": entries[path].colour,
            "text": entries[path].text,
        }
        for path, place in sorted(places.items(), key=lambda each: -each[1].y)
    ]
    lowest = -_TEXT
    for taxon in taxa:  # names one below the other, so that none covers another
        lowest = taxon["text_y"] = round(max(lowest + _TEXT, taxon["y"] + 4), 1)
    return {"taxa": taxa, "width": MAP, "height": round(max(lowest, height * unit + _MARGIN) + 2 * _TEXT)}
