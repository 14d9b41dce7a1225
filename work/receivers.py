"""Leases follow annotations and labels."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from annotations.models import UIDAnnotation
from annotations.signals import annotations_stored, annotations_to_delete
from labels.models import ITCLabel
from labels.signals import labels_stored, labels_to_delete
from sticky_pi_api.core.work import IMAGES, TUBOIDS
from work import services
from work.services import Result


@receiver(annotations_stored)
def _annotated(new: Sequence[Any], parents: Sequence[int], **kwargs: Any) -> None:
    services.leases_finish(kind=IMAGES, results=_by_algorithm(new, parents))


@receiver(labels_stored)
def _labelled(new: Sequence[Any], parents: Sequence[int], **kwargs: Any) -> None:
    services.leases_finish(kind=TUBOIDS, results=_by_algorithm(new, parents))


@receiver(annotations_to_delete)
def _no_longer_annotated(ids: Sequence[int], **kwargs: Any) -> None:
    services.leases_reopen(kind=IMAGES, results=UIDAnnotation.objects.filter(pk__in=ids))


@receiver(labels_to_delete)
def _no_longer_labelled(ids: Sequence[int], **kwargs: Any) -> None:
    services.leases_reopen(kind=TUBOIDS, results=ITCLabel.objects.filter(pk__in=ids))


def _by_algorithm(new: Sequence[Any], parents: Sequence[int]) -> dict[tuple[str, str], list[Result]]:
    results: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for index, (each, parent) in enumerate(zip(new, parents, strict=True)):
        results[each.algo_name, each.algo_version].append(Result(index, parent, each.lease))
    return results
