"""Devices, of which there is no table: each is known by its last image."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from images.models import Image

_COUNTED = timedelta(days=7)

# MariaDB skips through the index for GROUP BY, and reads all of it for a recursive query; SQLite does the contrary.
_LAST_IMAGES = {
    "mysql": """
SELECT images.id FROM images
JOIN (SELECT device, MAX(datetime) AS datetime FROM images GROUP BY device) AS seen USING (device, datetime)
""",
    "sqlite": """
WITH RECURSIVE seen(device) AS (
    SELECT MIN(device) FROM images
    UNION ALL SELECT (SELECT MIN(device) FROM images WHERE device > seen.device) FROM seen WHERE device IS NOT NULL
)
SELECT (SELECT id FROM images WHERE device = seen.device ORDER BY datetime DESC LIMIT 1)
FROM seen WHERE device IS NOT NULL
""",
}


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
    """The last image of each device, with `first_datetime`: two steps in the index on (device, datetime) for each."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_IMAGES[connection.vendor])
        ids = [image_id for (image_id,) in cursor.fetchall()]
    first = Image.objects.filter(device=OuterRef("device")).order_by("datetime").values("datetime")[:1]
    return Image.objects.filter(pk__in=ids).annotate(first_datetime=Subquery(first))


def summaries(last: Sequence[Image]) -> list[Device]:
    """Devices by their last images. They are counted over 7 days only, 504 steps in the index: a year has 26,000."""
    ranges = [
        Q(device=image.device, datetime__gt=image.datetime - _COUNTED, datetime__lte=image.datetime) for image in last
    ]
    recent = Image.objects.filter(Q(*ranges, _connector=Q.OR)) if ranges else Image.objects.none()
    counts = dict(recent.order_by("device").values_list("device").annotate(n=Count("id")))
    return [Device(image, image.first_datetime, counts[image.device]) for image in last]  # type: ignore[attr-defined]
