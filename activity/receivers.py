"""Counts follow images, tuboids and labels."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.dispatch import receiver

from activity import services
from images.models import Image
from images.signals import images_deleted, images_stored
from labels.signals import latest_labels_changed
from tuboids.models import TiledTuboid
from tuboids.signals import tuboid_stored, tuboids_to_delete


@receiver(images_stored)
def _count_images(images: Sequence[Image], **kwargs: Any) -> None:
    services.images_count(images=images, sign=1)


@receiver(images_deleted)
def _discount_images(images: Sequence[Image], **kwargs: Any) -> None:
    services.images_count(images=images, sign=-1)


@receiver(tuboid_stored)
def _count_tuboid(tuboid: TiledTuboid, **kwargs: Any) -> None:
    services.tuboid_count(tuboid=tuboid)


@receiver(tuboids_to_delete)
def _discount_tuboids(ids: Sequence[int], **kwargs: Any) -> None:
    services.tuboids_discount(ids=ids)


@receiver(latest_labels_changed)
def _count_labels(before: Mapping[tuple[int, int], int], after: Mapping[tuple[int, int], int], **kwargs: Any) -> None:
    services.labels_count(before=before, after=after)
