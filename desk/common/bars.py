"""Stacked bars as SVG: what a template draws, in pixels of the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

# Okabe and Ito's colours, which people see apart who see few colours; what has none of its own is grey.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a500", "#7f5fb5")
OTHER, UNKNOWN = "#8a8f98", "#c9ced6"
WIDTH, LEFT, RIGHT = 1000.0, 46.0, 8.0


@dataclass(frozen=True)
class Bar:
    """A piece of a bar."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    title: str
    url: str = ""


@dataclass(frozen=True)
class Tick:
    """A line across the plot with its value, or a label beneath it."""

    at: float
    text: str


def ticks(highest: float, number: int = 4) -> list[float]:
    """Round values from 0 to just beyond the highest."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / number
    magnitude = 10.0 ** floor(log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    count = 1
    while count * step < highest:
        count += 1
    return [step * each for each in range(count + 1)]


def scale(values: Sequence[float], top: float, height: float) -> tuple[float, list[Tick]]:
    """Pixels per unit of an axis of this height, and its ticks."""
    marks = ticks(max(values, default=0))
    per_unit = height / marks[-1]
    return per_unit, [Tick(round(top + height - mark * per_unit, 1), f"{mark:g}") for mark in marks]


def stacked(
    values: Mapping[str, Sequence[float]],
    colours: Mapping[str, str],
    titles: Mapping[str, Sequence[str]],
    urls: Mapping[str, Sequence[str]],
    *,
    top: float,
    height: float,
    per_unit: float,
) -> list[Bar]:
    """Bars of several series, one upon the other; all series have as many values."""
    number = max((len(each) for each in values.values()), default=0)
    step = (WIDTH - LEFT - RIGHT) / max(1, number)
    bars = []
    for index in range(number):
        bottom = top + height
        for name, of_name in values.items():
            if not (tall := of_name[index] * per_unit):
                continue
            bottom -= tall
            x, gap = LEFT + index * step, min(1.0, step / 8)
            title, url = titles[name][index], urls.get(name, [""] * number)[index]
            bars.append(
                Bar(round(x, 2), round(bottom, 2), round(step - gap, 2), round(tall, 2), colours[name], title, url)
            )
    return bars
