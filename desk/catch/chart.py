"""The chart of the page Catch: captures a trap and night, by taxon, and beneath it the images that were taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from activity.queries import Captures
from activity.selection import Choice
from desk.common.bars import LEFT, OTHER, RIGHT, WIDTH, Bar, Tick, scale, stacked
from desk.common.legend import OTHERS, Entry
from desk.common.selection import gallery_url
from desk.fleet.queries import PER_DAY

MOST_BARS = 130
_TOP, _HEIGHT, _GAP, _EFFORT = 10.0, 260.0, 18.0, 60.0
_LABELS = 12  # beneath the plot, at most


@dataclass(frozen=True)
class Chart:
    """What the template draws."""

    bars: Sequence[Bar]
    effort: Sequence[Bar]
    rate_ticks: Sequence[Tick]
    effort_ticks: Sequence[Tick]
    nights: Sequence[Tick]
    nights_per_bar: int

    width, left, right = WIDTH, LEFT, WIDTH - RIGHT
    middle, bottom, height = _TOP + _HEIGHT, _TOP + _HEIGHT + _GAP + _EFFORT, _TOP + _HEIGHT + _GAP + _EFFORT + 26


def chart(found: Captures, entries: Sequence[Entry], choice: Choice) -> Chart:
    """A bar a night, or some nights where there are many; each leads to the gallery."""
    size = -(-len(found.keys) // MOST_BARS)
    spans = [found.keys[start : start + size] for start in range(0, len(found.keys), size)]
    images = [sum(found.images.get(night, 0) for night in span) for span in spans]
    counts = {each.path: [sum(each.numbers.get(night, 0) for night in span) for span in spans] for each in entries}
    rates = {
        path: [PER_DAY * n / seen if seen else 0.0 for n, seen in zip(of_path, images, strict=True)]
        for path, of_path in counts.items()
    }
    names = [_name(span) for span in spans]
    titles = {
        each.path: [
            f"{name}: {n} of {each.text}, {rate:.2f} a trap and day"
            for name, n, rate in zip(names, counts[each.path], rates[each.path], strict=True)
        ]
        for each in entries
    }
    urls = {
        each.path: [
            gallery_url(choice, span[0], span[-1], None if each.path == OTHERS else each.path) for span in spans
        ]
        for each in entries
    }
    per_rate, rate_ticks = scale([sum(of_span) for of_span in zip(*rates.values(), strict=True)], _TOP, _HEIGHT)
    top = _TOP + _HEIGHT + _GAP
    traps = [n / PER_DAY / len(span) for n, span in zip(images, spans, strict=True)]
    per_trap, effort_ticks = scale(traps, top, _EFFORT)
    told = {"": [f"{name}: {n:,d} images" for name, n in zip(names, images, strict=True)]}
    colours = {each.path: each.colour for each in entries}
    return Chart(
        stacked(rates, colours, titles, urls, top=_TOP, height=_HEIGHT, per_unit=per_rate),
        stacked({"": traps}, {"": OTHER}, told, {}, top=top, height=_EFFORT, per_unit=per_trap),
        rate_ticks,
        effort_ticks[::2] if len(effort_ticks) > 3 else effort_ticks,
        _labels(spans),
        size,
    )


def _name(span: Sequence[date]) -> str:
    return f"{span[0]}" if len(span) == 1 else f"{span[0]} to {span[-1]}"


def _labels(spans: Sequence[Sequence[date]]) -> list[Tick]:
    step = (WIDTH - LEFT - RIGHT) / max(1, len(spans))
    every = -(-len(spans) // _LABELS)
    labelled = list(enumerate(spans))[::every]
    return [Tick(round(LEFT + (index + 0.5) * step, 1), f"{span[0]:%-d %b %Y}") for index, span in labelled]
