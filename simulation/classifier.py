"""What a classifier says of an insect: a class, and its taxonomy."""

from typing import Any

import numpy as np

from sticky_pi_api.core.records import TAXONOMY

from .catch import FULL_WIDTH, Insect
from .taxa import TAXA, Taxon

_SMALL = 25  # length in pixels of a picture of full width, below which only the order can be told


def classify(insect: Insect, size: tuple[int, int], accuracy: float, rng: np.random.Generator) -> dict[str, Any]:
    """Label number, pattern, type and ranks (None where not told); another taxon's if `rng` exceeds `accuracy`."""
    taxon = insect.taxon if rng.random() < accuracy else TAXA[rng.integers(len(TAXA))]
    small = insect.length * FULL_WIDTH / size[0] < _SMALL
    ranks = taxon.ranks[:1] if small else taxon.ranks
    return {
        "label": _CLASSES[ranks],
        "pattern": f"^Insecta;{';'.join(ranks)}.*$",
        "type": "Insecta",
        **{name: ranks[index] if index < len(ranks) else None for index, name in enumerate(TAXONOMY)},
    }


def _numbered(taxa: tuple[Taxon, ...]) -> dict[tuple[str, ...], int]:
    """Classes in alphabetic order from 1; every order is a class too."""
    known = {taxon.ranks for taxon in taxa} | {(taxon.order,) for taxon in taxa}
    return {ranks: number for number, ranks in enumerate(sorted(known), start=1)}


_CLASSES = _numbered(TAXA)
