"""Devices, of which there is no table: each is known by its last image."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from images.models import Image
from stickypi.db.index_scans import last_ids

_COUNTED = timedelta(days=7)


@dataclass(frozen=True)
class Device:
    """A device at a glance; its sensors are those of its last image."""

    last_image: Image
    first_datetime: datetime
    n_images_7_days: int

    @property
    def device(self) -> str:
        """Its name."""
        return self.last_image.device


def last_images() -> QuerySet[Image]:
    """The last image of each device, annotated with the `first_datetime` of that device.

    Costs two steps in the index on (device, datetime) for each device.
    """
    first = Image.objects.filter(device=OuterRef("device")).order_by("datetime").values("datetime")[:1]
    return Image.objects.filter(pk__in=last_ids(Image, "device", "datetime")).annotate(first_datetime=Subquery(first))


def summaries(last: Sequence[Image]) -> list[Device]:
    """Devices by their last images. They are counted over 7 days only, 504 steps in the index: a year has 26,000."""
    ranges = [
        Q(device=image.device, datetime__gt=image.datetime - _COUNTED, datetime__lte=image.datetime) for image in last
    ]
    recent = Image.objects.filter(Q(*ranges, _connector=Q.OR)) if ranges else Image.objects.none()
    counts = dict(recent.order_by("device").values_list("device").annotate(n=Count("id")))
    return [Device(image, image.first_datetime, counts[image.device]) for image in last]  # type: ignore[attr-defined]
