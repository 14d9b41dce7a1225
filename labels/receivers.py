"""Records the labels that are deleted with tuboids in the feed of changes."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from labels import services
from tuboids.signals import tuboids_to_delete


@receiver(tuboids_to_delete)
def _note_gone(ids: Sequence[int], **kwargs: Any) -> None:
    services.labels_note_gone(tuboids=ids)
