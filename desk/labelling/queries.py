"""What labelling shows: tuboids with what is said of them, and the taxa to choose from."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from desk.common.labels import chips, hue_of
from desk.common.mosaics import shots, size_of
from desk.tuboids.queries import latest_labels_of
from images.queries import scales
from labels.models import LatestLabel, Taxon
from sticky_pi_api.core.errors import InvalidInput, NotFound
from tuboids.models import TiledTuboid

_PICTURES = {"mosaic": "tuboid", "context": "context"}


def described(ids: Sequence[int]) -> list[dict[str, Any]]:
    """Tuboids for the page's script, in the order given; those that are not there any more left out. Three queries."""
    found = TiledTuboid.objects.filter(pk__in=ids).select_related("parent_series")
    tuboids = {tuboid.pk: tuboid for tuboid in found}
    said = latest_labels_of(tuboids.values())
    pixels_per_mm = scales({tuboid.parent_series.device for tuboid in tuboids.values()})
    return [
        _described(tuboids[pk], said[pk], pixels_per_mm[tuboids[pk].parent_series.device])
        for pk in ids
        if pk in tuboids
    ]


def taxa() -> list[dict[str, Any]]:
    """The taxa that a label can say, by their path."""
    rows = Taxon.objects.order_by("path").values_list("pk", "path", "text", "common_name")
    return [
        {"id": pk, "text": text, "path": path.replace(";", " > "), "common": common, "hue": hue_of(path)}
        for pk, path, text, common in rows
    ]


def _described(tuboid: TiledTuboid, said: list[LatestLabel], pixels_per_mm: float | None) -> dict[str, Any]:
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
        "said": [chip.to_json() for chip in chips(said)],
    }


def _size(tuboid: TiledTuboid, pixels_per_mm: float | None) -> dict[str, float | None]:
    """Of which nothing is said where the file is missing: the picture is, too."""
    try:
        size = size_of(shots(tuboid.tuboid_id), pixels_per_mm)
    except (NotFound, InvalidInput):
        return {"pixels": None, "mm": None}
    return {"pixels": round(size.pixels, 1), "mm": size.mm and round(size.mm, 2)}
