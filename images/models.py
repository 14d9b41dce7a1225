"""The image: columns of the contract's table `images`; its scale; and what devices say of themselves."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import models
from django.db.models import Q, QuerySet

from sticky_pi_api.core import layout
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.series import Range
from stickypi.db import lists
from stickypi.db.ranges import InRanges
from stickypi.models import Recorded

CLOCK_TOLERANCE = dt.timedelta(minutes=10)


class ImageQuerySet(QuerySet["Image"]):
    def for_keys(self, keys: Sequence[ImageKey]) -> "ImageQuerySet":
        """The images with these keys, by device and datetime."""
        return self.filter(has_key(keys)).order_by("device", "datetime")

    def in_ranges(self, ranges: Mapping[str, list[Range]]) -> "ImageQuerySet":
        """The images in the half-open ranges of each device, by device and datetime."""
        return self.filter(is_in_ranges(ranges)).order_by("device", "datetime")


def has_key(keys: Iterable[ImageKey], image: str = "") -> Q:
    """The condition that an image has one of the keys; `image` is the path to it, e.g. `parent_image__`."""
    return Q(**{f"{image}pk__in": lists.ids_of(Image, ("device", "datetime"), keys)})


def is_in_ranges(
    ranges: Mapping[str, list[Range]], image: str = "", *, device: str = "device", moment: str = "datetime"
) -> Q:
    """The condition that an image is in a range of its device: one clause where all devices have the same range.

    Args:
        image: the path to the image.
        device, moment: the columns, of something else than an image.
    """
    device, moment = f"{image}{device}", f"{image}{moment}"
    spans = {tuple(of_device) for of_device in ranges.values()}
    if len(spans) == 1 and len(shared := spans.pop()) == 1:
        start, end = (each.replace(tzinfo=dt.UTC) for each in shared[0])
        in_range = Q(**{f"{moment}__gte": start, f"{moment}__lt": end})
        return Q(**{f"{device}__in": list(ranges)}) & in_range
    return Q(InRanges(device, moment, ranges)) if ranges else Q(pk__in=())


class Image(Recorded):
    """A photograph of a sticky card with the trap's readings, which are null where there was none or it failed."""

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
        indexes = [
            models.Index(fields=["datetime"], name="image_datetime"),
            # Covers the plots of a trap's readings: its rows are scattered among those of the other traps.
            models.Index(
                fields=["device", "datetime", "temp", "hum", "lum", "no_flash_bv", "bat"], name="image_readings"
            ),
        ]

    def __str__(self) -> str:
        return image_name(self.device, self.naive_datetime)

    @property
    def coordinates(self) -> tuple[float, float] | None:
        """(latitude, longitude), None where unknown; old devices that swap the two are put right."""
        if self.lat is None or self.lng is None:
            return None
        lat, lng = float(self.lat), float(self.lng)
        return (lng, lat) if abs(lat) > 90 else (lat, lng)

    @property
    def naive_datetime(self) -> dt.datetime:
        """The datetime as naive UTC, as the core expects it."""
        return self.datetime.astimezone(dt.UTC).replace(tzinfo=None)

    @property
    def key(self) -> ImageKey:
        return ImageKey(self.device, self.naive_datetime)

    @property
    def file_keys(self) -> list[str]:
        """Storage keys of the image and its thumbnails."""
        return layout.image_keys(*self.key)


class ImageScale(models.Model):
    """How many pixels of the image a millimetre on the card has, where a person has measured it."""

    device = models.CharField(max_length=8, blank=True, unique=True, help_text="Empty: all devices without their own.")
    pixels_per_mm = models.FloatField()

    class Meta:
        db_table = "image_scales"

    def __str__(self) -> str:
        return f"{self.device or 'all devices'}: {self.pixels_per_mm:g} px/mm"


class DeviceStatus(Recorded):
    """What a device said of itself when it was created; null where it said nothing of it."""

    device = models.CharField(max_length=8)
    battery = models.PositiveSmallIntegerField(null=True, help_text="0 to 100 %.")
    disk_free = models.BigIntegerField(null=True, help_text="Bytes.")
    version = models.CharField(max_length=64, null=True, help_text="Of its software.")
    clock = models.DateTimeField(null=True, help_text="What it took for the time, UTC.")
    errors = models.JSONField(default=list, help_text="Texts.")

    class Meta:
        db_table = "device_statuses"
        indexes = [models.Index(fields=["device", "id"], name="device_status")]

    def __str__(self) -> str:
        return f"{self.device} at {self.datetime_created:%Y-%m-%d %H:%M:%S}"

    @property
    def clock_offset(self) -> dt.timedelta | None:
        """How far its clock was ahead of the server's."""
        return self.clock - self.datetime_created if self.clock else None

    @property
    def is_clock_off(self) -> bool:
        """Whether its images are dated so wrongly that it must be said."""
        return abs(self.clock_offset or dt.timedelta()) > CLOCK_TOLERANCE
