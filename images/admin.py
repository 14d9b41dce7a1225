"""Images in the admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from images import queries, services
from images.models import Image
from sticky_pi_api.core import layout, records
from stickypi.admin.columns import datetime_column, picture, written_by
from stickypi.admin.deletion import DeletableAdmin
from stickypi.admin.filters import DayRangeFilter, DeviceFilter, LatestFilter

_WITHOUT_FLASH = [name for name in records.SENSORS if name.startswith("no_flash")]
_NOT_READINGS = {"device_version", *_WITHOUT_FLASH}


class SensorsFilter(LatestFilter):
    title = "sensors"
    parameter_name = "sensors"
    conditions = {
        "read": ("Temperature was read", {"temp__isnull": False}),
        "failed": ("No temperature", {"temp__isnull": True}),
        "low": ("Battery below 20 %", {"bat__lt": 20}),
    }


@admin.register(Image)
class ImageAdmin(DeletableAdmin):
    list_display = [
        *("thumbnail", "device", "taken", "temperature", "humidity", "battery", "firmware", "md5_start"),
        *("written_by", "uploaded"),
    ]
    list_display_links = ["thumbnail", "device"]
    list_filter = [DeviceFilter, ("datetime", DayRangeFilter), SensorsFilter]
    search_fields = ["device"]
    ordering = ["-datetime"]
    device_ordering = ["-device", "-datetime"]
    export_columns = records.IMAGES
    empty_text = "Upload with RemoteClient.put_images(paths), or let a harvester do it."
    fieldsets = [
        (None, {"fields": ["large_thumbnail", "device", "taken", "annotations_link"]}),
        ("Readings", {"fields": [name for name in records.SENSORS if name not in _NOT_READINGS]}),
        ("File", {"fields": ["md5", "width", "height", "device_version"]}),
        ("Camera without flash", {"fields": _WITHOUT_FLASH}),
        ("Record", {"fields": ["uploaded", "api_user", "api_version"]}),
    ]

    taken = datetime_column("datetime", "taken")
    written_by = written_by
    uploaded = datetime_column("datetime_created", "uploaded")

    def get_sortable_by(self, request: HttpRequest) -> Sequence[str]:
        """Only the datetime, while its index gives the order."""
        return () if request.GET.get("q") else ("taken",)

    def devices(self) -> list[str]:
        return queries.devices()

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(device__in=devices)

    def related_counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        counts = rows.order_by().aggregate(images=Count("pk", distinct=True), annotations=Count("annotations"))
        return {**counts, "files": counts["images"] * len(layout.IMAGE_SUFFIXES)}

    def file_keys(self, row: Image) -> list[str]:
        return row.file_keys

    def delete(self, rows: QuerySet[Any]) -> None:
        services.images_delete(keys=[image.key for image in rows.only("device", "datetime")])

    @admin.display(description="card")
    def thumbnail(self, image: Image) -> SafeString:
        return picture(layout.image_key(*image.key, "thumbnail-mini"), _alt(image), width=64, height=48)

    @admin.display(description="thumbnail")
    def large_thumbnail(self, image: Image) -> SafeString:
        return picture(layout.image_key(*image.key, "thumbnail"), _alt(image), width=512, height=384)

    @admin.display(description="annotations")
    def annotations_link(self, image: Image) -> SafeString:
        address = reverse("admin:annotations_uidannotation_changelist")
        return format_html('<a class="text-link" href="{}?parent_image__id__exact={}">Show</a>', address, image.pk)

    @admin.display(description="temp.")
    def temperature(self, image: Image) -> str | None:
        return None if image.temp is None else f"{image.temp:.1f} °C"

    @admin.display(description="humidity")
    def humidity(self, image: Image) -> str | None:
        return None if image.hum is None else f"{image.hum:.0f} %"

    @admin.display(description="battery")
    def battery(self, image: Image) -> str | None:
        return None if image.bat is None else f"{image.bat} %"

    @admin.display(description="firmware")
    def firmware(self, image: Image) -> str | None:
        return image.device_version

    @admin.display(description="md5")
    def md5_start(self, image: Image) -> SafeString:
        return format_html('<code title="{}">{}</code>', image.md5, image.md5[:8])


def _alt(image: Image) -> str:
    return f"Card of {image.device}, {image.datetime:%Y-%m-%d %H:%M} UTC"
