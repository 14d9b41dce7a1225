"""Devices: there is no table of them, each is represented by its last image."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from images.models import Image
from stickypi.db.index_scans import last_ids

_COUNTED_PERIOD = timedelta(days=7)


@dataclass(frozen=True)
class Device:
    """A device, with its last image for its latest readings."""

    last_image: Image
    first_datetime: datetime
    n_images_7_days: int

    @property
    def device(self) -> str:
        return self.last_image.device


def last_images() -> QuerySet[Image]:
    """The last image of each device, annotated with the `first_datetime` of that device.

    Costs two steps in the index on (device, datetime) for each device.
    """
    first = Image.objects.filter(device=OuterRef("device")).order_by("datetime").values("datetime")[:1]
    return Image.objects.filter(pk__in=last_ids(Image, "device", "datetime")).annotate(first_datetime=Subquery(first))


def summaries(last: Sequence[Image]) -> list[Device]:
    """The devices of these last images (see `last_images`).

    Images are counted over 7 days only, which takes 504 steps in the index for each device: a year has 26,000 images.
    """
    ranges = [
        Q(device=image.device, datetime__gt=image.datetime - _COUNTED_PERIOD, datetime__lte=image.datetime)
        for image in last
    ]
    recent = Image.objects.filter(Q(*ranges, _connector=Q.OR)) if ranges else Image.objects.none()
    counts = dict(recent.order_by("device").values_list("device").annotate(n=Count("id")))
    # Of a device whose images have been deleted since they were read, none is counted.
    return [Device(image, image.first_datetime, counts.get(image.device, 0)) for image in last]  # type: ignore[attr-defined]
