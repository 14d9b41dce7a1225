"""The image: columns of the contract's table `images`."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from sticky_pi_api.core import layout, records
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.series import Range
from stickypi.models import Recorded
from stickypi.rows import wire_column


class ImageQuerySet(QuerySet["Image"]):
    """Images by what identifies them, and by series."""

    def for_keys(self, keys: Sequence[ImageKey]) -> "ImageQuerySet":
        """The images with these keys, in the order of answers."""
        return self._with({device: Q(datetime__in=moments) for device, moments in _by_device(keys).items()})

    def in_ranges(self, ranges: dict[str, list[Range]]) -> "ImageQuerySet":
        """The images in any of the half-open ranges of each device, in the order of answers."""
        return self._with({device: _in_any(of_device) for device, of_device in ranges.items()})

    def _with(self, conditions: dict[str, Q]) -> "ImageQuerySet":
        """Devices that share a condition share a clause: a series asks them all for the same range."""
        devices: dict[Q, list[str]] = {}
        for device, condition in conditions.items():
            devices.setdefault(condition, []).append(device)
        clauses = [Q(device__in=sharing) & condition for condition, sharing in devices.items()]
        if not clauses:
            return self.none()
        return self.filter(Q(*clauses, _connector=Q.OR)).order_by("device", "datetime")


def _by_device(keys: Sequence[ImageKey]) -> dict[str, list[dt.datetime]]:
    moments: dict[str, list[dt.datetime]] = {}
    for device, moment in keys:
        moments.setdefault(device, []).append(moment.replace(tzinfo=dt.UTC))
    return moments


def _in_any(ranges: list[Range]) -> Q:
    clauses = [
        Q(datetime__gte=start.replace(tzinfo=dt.UTC), datetime__lt=end.replace(tzinfo=dt.UTC)) for start, end in ranges
    ]
    return Q(*clauses, _connector=Q.OR)


class Image(Recorded):
    """One JPEG of a sticky card. Readings that the trap did not make, or that failed, are null."""

    device = models.CharField(max_length=8, help_text="Trap that took it: 8 hexadecimal characters.")
    datetime = models.DateTimeField(help_text="Moment of capture, UTC.")
    md5 = models.CharField(max_length=32, help_text="Of the file.")
    width = models.PositiveIntegerField(help_text="Pixels.")
    height = models.PositiveIntegerField(help_text="Pixels.")
    device_version = models.CharField(max_length=32, null=True, blank=True, help_text="Firmware.")
    alt = models.FloatField("altitude", null=True, blank=True, help_text="Metres.")
    lat = models.DecimalField("latitude", max_digits=9, decimal_places=6, null=True, blank=True, help_text="Degrees.")
    lng = models.DecimalField("longitude", max_digits=9, decimal_places=6, null=True, blank=True, help_text="Degrees.")
    temp = models.FloatField("temperature", null=True, blank=True, help_text="°C.")
    hum = models.FloatField("humidity", null=True, blank=True, help_text="Relative, %.")
    no_flash_shutter_speed = models.FloatField(null=True, blank=True)
    no_flash_exposure_time = models.FloatField(null=True, blank=True, help_text="Seconds.")
    no_flash_bv = models.FloatField("no flash brightness value", null=True, blank=True)
    no_flash_iso = models.PositiveIntegerField("no flash ISO", null=True, blank=True)
    lum = models.FloatField("light", null=True, blank=True, help_text="Arbitrary unit.")
    bat = models.PositiveSmallIntegerField("battery", null=True, blank=True, help_text="0 to 100 %.")
    but = models.BooleanField("button", null=True, blank=True, help_text="Taken at the press of the button.")

    objects = ImageQuerySet.as_manager()

    class Meta:
        db_table = "images"
        constraints = [models.UniqueConstraint(fields=["device", "datetime"], name="image_device_datetime")]
        indexes = [models.Index(fields=["datetime"], name="image_datetime")]

    def __str__(self) -> str:
        return layout.image_name(self.device, self.naive_datetime)

    @property
    def naive_datetime(self) -> dt.datetime:
        """The moment of capture as the core has it: naive UTC."""
        return self.datetime.astimezone(dt.UTC).replace(tzinfo=None)

    @property
    def key(self) -> ImageKey:
        """What identifies it."""
        return ImageKey(self.device, self.naive_datetime)

    @property
    def file_keys(self) -> list[str]:
        """Storage keys of the image and its thumbnails."""
        return layout.image_keys(*self.key)

    @classmethod
    def wire_columns(cls) -> list[Any]:
        """The contract's columns as expressions."""
        return [wire_column(cls, column) for column in records.IMAGES]
