"""Records the annotations that are deleted with images in the feed of changes."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from annotations import services
from images.models import Image
from images.signals import images_deleted


@receiver(images_deleted)
def _note_gone(images: Sequence[Image], **kwargs: Any) -> None:
    services.annotations_note_gone(images=images)
