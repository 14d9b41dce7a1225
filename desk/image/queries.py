"""What was found on one image, and the tuboids that pass through it."""

from dataclasses import dataclass
from typing import Any

from annotations.models import UIDAnnotation
from desk.common.labels import TaxonSummary, taxa_by_tuboid
from images.models import Image
from sticky_pi_api.core.people import is_person
from tuboids.models import TiledTuboid

MAX_TUBOIDS = 60


def neighbours(image: Image) -> tuple[Image | None, Image | None]:
    """The images before and after one."""
    others = Image.objects.filter(device=image.device).only("device", "datetime")
    before = others.filter(datetime__lt=image.datetime).order_by("-datetime").first()
    after = others.filter(datetime__gt=image.datetime).order_by("datetime").first()
    return before, after


def versions(image: Image) -> list[dict[str, Any]]:
    """The annotations of an image without their contours, newest version first."""
    found = UIDAnnotation.objects.filter(parent_image=image).order_by("-algo_version", "algo_name")
    return [
        {**row, "is_person": is_person(row["algo_name"])}
        for row in found.values("id", "algo_name", "algo_version", "n_objects")
    ]


@dataclass(frozen=True)
class SeenTuboid:
    """A tuboid that passes through an image, and its labels."""

    tuboid: TiledTuboid
    taxa: list[TaxonSummary]


def tuboids_seen(image: Image) -> list[SeenTuboid]:
    """The tuboids whose shots span the image's moment, at most `MAX_TUBOIDS`. Two queries."""
    found = (
        TiledTuboid.objects.filter(
            parent_series__device=image.device,
            parent_series__start_datetime__lte=image.datetime,
            parent_series__end_datetime__gte=image.datetime,
            start_datetime__lte=image.datetime,
            end_datetime__gte=image.datetime,
        )
        .select_related("parent_series")
        .order_by("tuboid_id")[:MAX_TUBOIDS]
    )
    taxa = taxa_by_tuboid(found)
    return [SeenTuboid(tuboid, taxa[tuboid.pk]) for tuboid in found]
