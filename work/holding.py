"""`get_images_to_annotate`: leases by device and datetime, for an algorithm in any version."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from annotations.models import UIDAnnotation
from images.models import Image
from images.queries import ranges_asked
from sticky_pi_api.core.errors import Unavailable
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.limits import TO_ANNOTATE
from sticky_pi_api.core.work import HELD_FOR, IMAGES, AnnotationWork
from stickypi.db.deadlocks import retry_on_deadlock
from work.leasing import give, new_call
from work.models import ImageLease, Lease, Task
from work.taking import task_of

_ATTEMPTS = 50


@retry_on_deadlock
def images_hold(*, work: AnnotationWork, user: User) -> list[ImageKey]:
    """Holds images that are to be annotated for the caller, the first that nobody else has. Returns them, in order."""
    now = timezone.now()
    call = new_call(task_of(IMAGES, work.algo_name, work.algo_version), user, "", now, HELD_FOR)
    held: list[Image] = []
    for _ in range(_ATTEMPTS):
        with transaction.atomic():
            # One at a time: a lease is of a version, and no two versions are to have the same image.
            list(Task.objects.select_for_update().filter(kind=IMAGES, algo_name=work.algo_name).order_by("pk"))
            free = _free(work, call.task, TO_ANNOTATE - len(held), now)
            ours = set(give(call, [image.pk for image in free]))
        held += [image for image in free if image.pk in ours]
        if not free or len(held) == TO_ANNOTATE:
            return sorted(image.key for image in held)
    raise Unavailable("many ask for images to annotate just now: try again later")


def _free(work: AnnotationWork, task: Task, number: int, now: datetime) -> list[Image]:
    """The first images that are not annotated, and that nobody holds."""
    free: list[Image] = []
    for ranges in ranges_asked(work.series):
        images = (
            Image.objects.in_ranges(ranges)
            .filter(~Exists(_annotation(work)), ~Exists(_taken(work, task, now)))
            .only("device", "datetime")
        )
        free += images[: number - len(free)]
        if len(free) == number:
            break
    return free


def _annotation(work: AnnotationWork) -> QuerySet[UIDAnnotation]:
    """What an image has once it needs no more work."""
    return UIDAnnotation.objects.filter(
        parent_image=OuterRef("pk"), algo_name=work.algo_name, algo_version__gte=work.algo_version
    )


def _taken(work: AnnotationWork, task: Task, now: datetime) -> QuerySet[ImageLease]:
    """The lease of an image by the algorithm that still waits for its result; or the image is set aside."""
    fulfilment = UIDAnnotation.objects.filter(
        parent_image=OuterRef("item"),
        algo_name=OuterRef("task__algo_name"),
        algo_version__gte=OuterRef("task__algo_version"),
    )
    waits = Q(~Exists(fulfilment), state=Lease.HELD, ends__gt=now, task__in=_tasks(work))
    return ImageLease.objects.filter(waits | Q(task=task, state=Lease.ASIDE), item=OuterRef("pk"))


def _tasks(work: AnnotationWork) -> Sequence[int]:
    return list(Task.objects.filter(kind=IMAGES, algo_name=work.algo_name).values_list("pk", flat=True))
