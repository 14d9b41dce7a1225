"""The labels of tuboids as pages show them: each taxon with its colour, and with the sources that gave it."""

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery

from labels.models import ALL_PEOPLE, LabelSource, LatestLabel, Taxon
from sticky_pi_api.core.people import PERSON_PREFIX
from sticky_pi_api.core.records import RANKS
from sticky_pi_api.core.taxa import taxon_text
from stickypi.admin.columns import version_label
from tuboids.models import TiledTuboid


@dataclass
class TaxonSummary:
    """A taxon that labels of a tuboid name, and their sources."""

    taxon: Taxon
    sources: list[LabelSource] = field(default_factory=list)

    @property
    def hue(self) -> int:
        """See `taxon_hue`."""
        return taxon_hue(self.taxon.path)

    @property
    def n_people(self) -> int:
        """How many people name it."""
        return sum(source.is_person for source in self.sources)

    @property
    def n_algorithms(self) -> int:
        """How many versions of algorithms name it."""
        return len(self.sources) - self.n_people

    @property
    def title(self) -> str:
        """Taxonomy and sources in words."""
        return "\n".join([self.taxon.path.replace(";", " > "), *map(source_title, self.sources)])

    def to_json(self) -> dict[str, Any]:
        """What scripts show."""
        return {
            "taxon": self.taxon.pk,
            "text": self.taxon.text,
            "hue": self.hue,
            "people": self.n_people,
            "algorithms": self.n_algorithms,
            "title": self.title,
        }


def taxa_by_tuboid(tuboids: Collection[TiledTuboid]) -> dict[int, list[TaxonSummary]]:
    """The taxa that the latest labels of each tuboid name, those of people first. Two queries.

    Nothing is joined: MariaDB would begin with the sources, and read all labels that there are.
    """
    name, version = (LabelSource.objects.filter(pk=OuterRef("source_id")).values(each) for each in ("name", "version"))
    labels = (
        LatestLabel.objects.filter(tuboid__in=[tuboid.pk for tuboid in tuboids])
        .annotate(source_name=Subquery(name), source_version=Subquery(version))
        .exclude(source_name=ALL_PEOPLE)
        .order_by("source_name", "source_version")
        .prefetch_related("taxon")
    )
    by_tuboid: dict[int, list[Any]] = {tuboid.pk: [] for tuboid in tuboids}
    for label in labels:
        by_tuboid[label.tuboid_id].append(label)
    return {tuboid: _by_taxon(of_tuboid) for tuboid, of_tuboid in by_tuboid.items()}


def _by_taxon(labels: Iterable[Any]) -> list[TaxonSummary]:
    summaries: dict[int, TaxonSummary] = {}
    for label in labels:
        source = LabelSource(label.source_id, label.source_name, label.source_version)
        summaries.setdefault(label.taxon_id, TaxonSummary(label.taxon)).sources.append(source)
    return sorted(summaries.values(), key=lambda each: (-each.n_people, -each.n_algorithms, each.taxon.text))


def taxon_hue(path: str) -> int:
    """Degrees of the colour circle, in steps of ten: the same for a taxon everywhere."""
    return zlib.crc32(path.encode()) % 36 * 10


def path_text(path: str) -> str:
    """How the taxon of a path is called: by its lowest rank; a species by its genus and epithet."""
    names = path.split(";")[: len(RANKS)]
    return taxon_text([*names, *[None] * (len(RANKS) - len(names))]) if any(names) else path


def source_title(source: LabelSource) -> str:
    """What a source is called: a person, or a version of an algorithm."""
    if source.name == ALL_PEOPLE:
        return "All people, the latest label"
    if source.is_person:
        return source.name.removeprefix(PERSON_PREFIX)
    return f"{source.name} {version_label(source.version)}"
