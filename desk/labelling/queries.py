"""What labelling shows: tuboids with their labels, and the taxa to choose from."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from desk.common.labels import TaxonSummary, taxa_by_tuboid, taxon_hue
from desk.common.tuboid_files import insect_size, read_shots
from images.queries import scales
from labels.models import Taxon
from sticky_pi_api.core.errors import InvalidInput, NotFound
from tuboids.models import TiledTuboid

_PICTURES = {"mosaic": "tuboid", "context": "context"}


def describe_tuboids(ids: Sequence[int]) -> list[dict[str, Any]]:
    """Those of the tuboids that still exist, in the order given. Three queries."""
    found = TiledTuboid.objects.filter(pk__in=ids).select_related("parent_series")
    tuboids = {tuboid.pk: tuboid for tuboid in found}
    taxa = taxa_by_tuboid(tuboids.values())
    pixels_per_mm = scales({tuboid.parent_series.device for tuboid in tuboids.values()})
    return [
        _describe(tuboids[pk], taxa[pk], pixels_per_mm[tuboids[pk].parent_series.device]) for pk in ids if pk in tuboids
    ]


def describe_taxa() -> list[dict[str, Any]]:
    """All taxa, by their path."""
    rows = Taxon.objects.order_by("path").values_list("pk", "path", "text", "common_name")
    return [
        {"id": pk, "text": text, "path": path.replace(";", " > "), "common": common, "hue": taxon_hue(path)}
        for pk, path, text, common in rows
    ]


def _describe(tuboid: TiledTuboid, taxa: list[TaxonSummary], pixels_per_mm: float | None) -> dict[str, Any]:
    return {
        "id": tuboid.pk,
        "name": tuboid.tuboid_id,
        "device": tuboid.parent_series.device,
        "start": f"{tuboid.start_datetime:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{tuboid.end_datetime:%Y-%m-%dT%H:%M:%SZ}",
        "shots": tuboid.n_shots,
        "page": reverse("desk:tuboid", args=[tuboid.pk]),
        **{name: reverse("desk:tuboid_file", args=[file, tuboid.tuboid_id]) for name, file in _PICTURES.items()},
        **_size(tuboid, pixels_per_mm),
        "said": [summary.to_json() for summary in taxa],
    }


def _size(tuboid: TiledTuboid, pixels_per_mm: float | None) -> dict[str, float | None]:
    """Unknown where the metadata are missing."""
    try:
        size = insect_size(read_shots(tuboid.tuboid_id), pixels_per_mm)
    except (NotFound, InvalidInput):
        return {"pixels": None, "mm": None}
    return {"pixels": round(size.pixels, 1), "mm": size.mm and round(size.mm, 2)}
