"""Which taxa a chart tells apart, and their colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activity.queries import UNLABELLED
from desk.common.bars import COLOURS, OTHER, UNKNOWN
from desk.common.labels import path_text
from labels.agreement import NOT_TOLD

_PER_ROW = 4
OTHERS = "*"  # the path of the taxa that have no colour of their own, together


@dataclass(frozen=True)
class Entry:
    """A taxon of a chart; `numbers` are its captures by key."""

    path: str
    text: str
    colour: str
    numbers: Mapping[Any, float]

    @property
    def total(self) -> float:
        """All its captures."""
        return sum(self.numbers.values())


def legend(taxa: Mapping[str, Mapping[Any, float]]) -> list[Entry]:
    """The most frequent taxa with a colour each, the others together, then what is not told and not labelled."""
    named = [path for path in taxa if path not in (NOT_TOLD, UNLABELLED)]
    entries = [Entry(path, path_text(path), colour, taxa[path]) for path, colour in zip(named, COLOURS, strict=False)]
    if others := named[len(COLOURS) :]:
        keys = {key for path in others for key in taxa[path]}
        together = {key: sum(taxa[path].get(key, 0) for path in others) for key in keys}
        entries.append(Entry(OTHERS, f"{len(others)} other taxa", OTHER, together))
    for path, text in ((NOT_TOLD, "not told at this rank"), (UNLABELLED, "not labelled")):
        if path in taxa:
            entries.append(Entry(path, text, UNKNOWN if path == UNLABELLED else "#a39b8b", taxa[path]))
    return entries


def beneath(entries: Sequence[Entry], top: float) -> list[dict[str, Any]]:
    """Where each entry of a legend below a chart is drawn, `_PER_ROW` a row."""
    places = [(46 + 236 * (index % _PER_ROW), top + 8 + 18 * (index // _PER_ROW)) for index in range(len(entries))]
    return [
        {"x": x, "y": y, "colour": each.colour, "text": each.text} for each, (x, y) in zip(entries, places, strict=True)
    ]


def legend_height(entries: Sequence[Entry]) -> int:
    """Of a legend below a chart."""
    return 18 * -(-len(entries) // _PER_ROW) + 12
