"""Where two sources of labels agree: how often one says this and the other that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from django.db import connection
from django.db.models import Q

from labels.models import LabelSource, Taxon
from sticky_pi_api.core.quality import Quality, cohens_kappa
from sticky_pi_api.core.records import RANKS
from sticky_pi_api.core.taxa import taxon_path

SHOWN = 30  # taxa, the most frequent ones
NOT_TOLD = ""
_PAIRS = """
SELECT one.taxon_id, other.taxon_id, COUNT(*)
FROM latest_labels one JOIN latest_labels other ON other.tuboid_id = one.tuboid_id AND other.source_id = %s
WHERE one.source_id = %s GROUP BY one.taxon_id, other.taxon_id
"""

Pair = tuple[str, str]  # paths


@dataclass(frozen=True)
class Matrix:
    """Numbers of tuboids by what the first source says (rows) and the second (columns) down to a rank.

    Taxa are the same where their whole paths are: species of two genera may have the same epithet.
    """

    counts: Counter[Pair]
    paths: list[str]
    n_hidden: int

    @property
    def n_tuboids(self) -> int:
        """Of which both say something, be it nothing at this rank."""
        return self.counts.total()

    @property
    def n_told(self) -> int:
        """Of which both say something at this rank."""
        return sum(count for pair, count in self.counts.items() if NOT_TOLD not in pair)

    @property
    def n_equal(self) -> int:
        """Of which both say the same at this rank."""
        return sum(count for (one, other), count in self.counts.items() if one == other != NOT_TOLD)

    @cached_property
    def by_taxon(self) -> dict[str, Quality]:
        """Path -> tuboids of which the first source says so, the second, and both; of those told by both."""
        rows, columns = Counter[str](), Counter[str]()
        for (one, other), count in self.counts.items():
            if NOT_TOLD not in (one, other):
                rows[one] += count
                columns[other] += count
        return {path: Quality(rows[path], columns[path], self.counts[path, path]) for path in rows | columns}

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: agreement beyond chance, 1 at most; None where it is undefined."""
        return cohens_kappa(list(self.by_taxon.values()))


def sources() -> list[LabelSource]:
    """All sources: people first, then algorithms, latest version first."""
    return sorted(LabelSource.objects.all(), key=lambda source: (not source.is_person, _order(source)))


def matrix(*, one: int, other: int, rank: str) -> Matrix:
    """The matrix of two sources, by id, at a rank from order to species. Two queries."""
    path_of = {pk: path_to(rank, names) for pk, *names in Taxon.objects.values_list("pk", *RANKS)}
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, [other, one])
        by_taxon = cursor.fetchall()
    counts: Counter[Pair] = Counter()
    for first, second, count in by_taxon:
        counts[path_of[first], path_of[second]] += count
    paths = _paths(counts)
    return Matrix(counts, paths[:SHOWN], len(paths[SHOWN:]))


def at_rank(rank: str, path: str) -> Q:
    """The taxa that have this path down to a rank; with `NOT_TOLD`, those that say nothing at it."""
    if path == NOT_TOLD:
        return _says(rank, "")
    ranks = RANKS[: RANKS.index(rank) + 1]
    names = [*path.split(";"), *[""] * len(ranks)]
    return reduce(Q.__and__, map(_says, ranks, names))


def _says(rank: str, name: str) -> Q:
    return Q(**{rank: name}) if name else Q(**{f"{rank}__isnull": True}) | Q(**{rank: ""})


def path_to(rank: str, names: Sequence[str | None]) -> str:
    """The path of a taxon down to a rank; `NOT_TOLD` where it says nothing at it."""
    told = names[: RANKS.index(rank) + 1]
    return taxon_path(told) if told[-1] else NOT_TOLD


def _paths(counts: Counter[Pair]) -> list[str]:
    """By how often either says them; what is not told comes last."""
    said: Counter[str] = Counter()
    for pair, count in counts.items():
        for path in pair:
            said[path] += count
    frequent = [path for path, _ in said.most_common() if path != NOT_TOLD]
    shown = sorted(frequent[:SHOWN]) + frequent[SHOWN:]
    return [*shown[: SHOWN - 1], NOT_TOLD, *shown[SHOWN - 1 :]] if NOT_TOLD in said else shown


def _order(source: LabelSource) -> tuple[str, list[int]]:
    return source.name, [-ord(character) for character in source.version]
