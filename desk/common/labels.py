"""What is said of a tuboid, as chips: a taxon, its colour, and who says it."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stickypi.admin.columns import version_label
from tuboids.models import LabelSource, Opinion, Taxon
from tuboids.opinions import PERSON


@dataclass
class Chip:
    """A taxon and its sources."""

    taxon: Taxon
    sources: list[LabelSource] = field(default_factory=list)

    @property
    def hue(self) -> int:
        """Degrees of the colour circle: the same for a taxon everywhere."""
        return hue_of(self.taxon.path)

    @property
    def n_people(self) -> int:
        """How many people say it."""
        return sum(source.name.startswith(PERSON) for source in self.sources)

    @property
    def n_algorithms(self) -> int:
        """How many versions of algorithms say it."""
        return len(self.sources) - self.n_people

    @property
    def title(self) -> str:
        """Taxonomy and sources in words."""
        return "\n".join([self.taxon.path.replace(";", " > "), *map(source_text, self.sources)])

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "taxon": self.taxon.pk,
            "text": self.taxon.text,
            "hue": self.hue,
            "people": self.n_people,
            "algorithms": self.n_algorithms,
            "title": self.title,
        }


def chips(opinions: Iterable[Opinion]) -> list[Chip]:
    """A chip for each taxon, those of people first."""
    of_taxon: dict[int, Chip] = {}
    for opinion in opinions:
        of_taxon.setdefault(opinion.taxon_id, Chip(opinion.taxon)).sources.append(opinion.source)
    return sorted(of_taxon.values(), key=lambda chip: (-chip.n_people, -chip.n_algorithms, chip.taxon.text))


def hue_of(text: str) -> int:
    """A hue for a text."""
    return zlib.crc32(text.encode()) % 360


def source_text(source: LabelSource) -> str:
    """How a source is called."""
    if source.name == PERSON:
        return "All people, the latest label"
    if source.name.startswith(PERSON):
        return source.name.removeprefix(PERSON)
    return f"{source.name} {version_label(source.version)}"
