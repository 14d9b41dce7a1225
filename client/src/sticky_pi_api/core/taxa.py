"""Names of taxa."""

from collections.abc import Sequence


def taxon_path(ranks: Sequence[str | None]) -> str:
    """`type;order;family;genus;species`, as far as they are told."""
    return ";".join(name or "" for name in ranks).rstrip(";")


def taxon_text(ranks: Sequence[str | None]) -> str:
    """The lowest rank told, of type, order, family, genus, species; of a species, genus and species."""
    genus, species = ranks[-2:]
    if species and genus and not species.startswith(genus):
        return f"{genus} {species}"
    return next(name for name in reversed(ranks) if name)
