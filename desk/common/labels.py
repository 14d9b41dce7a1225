"""What is said of a tuboid, as chips: a taxon, its colour, and who says it."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labels.models import ALL_PEOPLE, LabelSource, LatestLabel, Taxon
from sticky_pi_api.core.people import PERSON_PREFIX
from stickypi.admin.columns import version_label


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
        return sum(source.is_person for source in self.sources)

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


def chips(labels: Iterable[LatestLabel]) -> list[Chip]:
    """A chip for each taxon, those of people first."""
    of_taxon: dict[int, Chip] = {}
    for label in labels:
        of_taxon.setdefault(label.taxon_id, Chip(label.taxon)).sources.append(label.source)
    return sorted(of_taxon.values(), key=lambda chip: (-chip.n_people, -chip.n_algorithms, chip.taxon.text))


def hue_of(text: str) -> int:
    """A hue for a text."""
    return zlib.crc32(text.encode()) % 360


def source_text(source: LabelSource) -> str:
    """How a source is called."""
    if source.name == ALL_PEOPLE:
        return "All people, the latest label"
    if source.is_person:
        return source.name.removeprefix(PERSON_PREFIX)
    return f"{source.name} {version_label(source.version)}"
