"""Images of a device one after the other."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from images.models import Image

COLUMNS = ("id", "datetime", "temp", "hum", "lum", "bat")
MAX_MOMENTS = 500


def first_and_last(device: str) -> tuple[Image, Image] | None:
    """The ends of a device's record, None if it has none. Two steps in an index."""
    images = Image.objects.filter(device=device)
    first, last = images.order_by("datetime").first(), images.order_by("-datetime").first()
    return (first, last) if first and last else None


def moments(*, device: str, at: datetime, back: bool, limit: int) -> list[dict[str, Any]]:
    """The images from a moment on, that moment included, in order of time; with `back`, those up to it, latest first.

    Returns dicts of id, time (unix seconds), temp, hum, lum, bat.
    """
    images = Image.objects.filter(device=device)
    found = _until(images, at) if back else images.filter(datetime__gte=at).order_by("datetime")
    return [
        {"id": pk, "time": int(moment.timestamp()), "temp": temp, "hum": hum, "lum": lum, "bat": bat}
        for pk, moment, temp, hum, lum, bat in found.values_list(*COLUMNS)[:limit]
    ]


def neighbours(image: Image) -> tuple[Image | None, Image | None]:
    """The images before and after one."""
    others = Image.objects.filter(device=image.device).only("device", "datetime")
    before = others.filter(datetime__lt=image.datetime).order_by("-datetime").first()
    after = others.filter(datetime__gt=image.datetime).order_by("datetime").first()
    return before, after


def _until(images: QuerySet[Image], at: datetime) -> QuerySet[Image]:
    return images.filter(datetime__lte=at).order_by("-datetime")


def from_seconds(seconds: int) -> datetime:
    """The moment of a number of unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)
