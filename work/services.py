"""Gives images to detectors, each to one at a time."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from annotations.models import UIDAnnotation
from images.models import Image
from images.queries import ranges_asked
from sticky_pi_api.core.errors import Unavailable
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.limits import TO_ANNOTATE
from sticky_pi_api.core.work import HELD_FOR, AnnotationWork
from stickypi.db.deadlocks import retry_on_deadlock
from work.models import ImageHold

_ATTEMPTS = 50


@retry_on_deadlock
def images_hold(*, work: AnnotationWork, user: User) -> list[ImageKey]:
    """Holds images that are to be annotated for the caller, the first that nobody else has. Returns them, in order.

    Who is quicker gets an image: a hold is inserted only where there is none, and what others got is looked for again.
    """
    call, now = secrets.token_hex(16), timezone.now()
    ImageHold.objects.filter(expires__lte=now).delete()
    held: list[Image] = []
    for _ in range(_ATTEMPTS):
        with transaction.atomic():
            free = _free(work, TO_ANNOTATE - len(held))
            held += _hold(free, work, user, call, now)
        if not free or len(held) == TO_ANNOTATE:
            return sorted(image.key for image in held)
    raise Unavailable("many ask for images to annotate just now: try again later")


def _free(work: AnnotationWork, number: int) -> list[Image]:
    """The first images that are not annotated, and that nobody holds."""
    held = ImageHold.objects.filter(~Exists(_fulfilment()), image=OuterRef("pk"), algo_name=work.algo_name)
    free: list[Image] = []
    for ranges in ranges_asked(work.series):
        images = (
            Image.objects.in_ranges(ranges)
            .filter(~Exists(_annotation(work, "pk")), ~Exists(held))
            .only("device", "datetime")
        )
        free += images[: number - len(free)]
        if len(free) == number:
            break
    return free


def _annotation(work: AnnotationWork, image: str) -> QuerySet[UIDAnnotation]:
    """What an image has once it needs no more work."""
    return UIDAnnotation.objects.filter(
        parent_image=OuterRef(image), algo_name=work.algo_name, algo_version__gte=work.algo_version
    )


def _fulfilment() -> QuerySet[UIDAnnotation]:
    """The annotation that an image is held for."""
    return UIDAnnotation.objects.filter(
        parent_image=OuterRef("image"), algo_name=OuterRef("algo_name"), algo_version__gte=OuterRef("algo_version")
    )


def _hold(images: Sequence[Image], work: AnnotationWork, user: User, call: str, now: datetime) -> list[Image]:
    """Holds those of the images that nobody has got meanwhile. Returns them."""
    holds = ImageHold.objects.filter(image__in=[image.pk for image in images], algo_name=work.algo_name)
    holds.filter(Exists(_fulfilment())).delete()
    new = [
        ImageHold(
            image=image,
            algo_name=work.algo_name,
            algo_version=work.algo_version,
            call=call,
            expires=now + HELD_FOR,
            **user.signature,
        )
        for image in sorted(images, key=lambda each: each.pk)
    ]
    ImageHold.objects.bulk_create(new, ignore_conflicts=True)
    # Another may have held one of them and annotated it since it was found to be free.
    ours = set(holds.filter(~Exists(_annotation(work, "image")), call=call).values_list("image_id", flat=True))
    return [image for image in images if image.pk in ours]
