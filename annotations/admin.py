"""Annotations in the admin."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotations import services
from annotations.exports import coco_parts, json_parts
from annotations.models import UIDAnnotation
from images import queries
from sticky_pi_api.core import layout, records
from stickypi.admin.columns import algorithm, datetime_column, picture, written_by
from stickypi.admin.deletion import DeletableAdmin
from stickypi.admin.exports import attachment
from stickypi.admin.filters import AlgorithmFilter, DayRangeFilter, DeviceFilter

_EXPORTS = {"json": json_parts, "coco": coco_parts}


@admin.register(UIDAnnotation)
class UIDAnnotationAdmin(DeletableAdmin):
    """Annotations with their images."""

    list_display = ["thumbnail", "device", "taken", "n_objects", "algorithm", "written_by", "made"]
    list_display_links = ["thumbnail", "device"]
    list_filter = [DeviceFilter, AlgorithmFilter, ("parent_image__datetime", DayRangeFilter)]
    list_select_related = ["parent_image"]
    search_fields = ["parent_image__device"]
    ordering = ["-id"]
    device_ordering = ["-parent_image__device", "-parent_image__datetime"]
    day_column = "parent_image__datetime"
    day_ordering = ["-parent_image__datetime"]
    export_columns = [
        *("parent_image__device", "parent_image__datetime", "parent_image__md5"),
        *(column for column in records.UID_ANNOTATIONS if column != "json"),
    ]
    actions = ["export_selected_csv", "export_selected_json", "export_selected_coco", "delete_rows"]
    empty_text = "Upload with RemoteClient.put_uid_annotations(info), or correct detections on an image's page."
    fieldsets = [
        (None, {"fields": ["large_thumbnail", "image", "taken", "n_objects", "algo_name", "algo_version"]}),
        ("Record", {"fields": ["made", "api_user", "api_version"]}),
        ("As it was submitted", {"fields": ["submitted"], "classes": ["collapse"]}),
    ]

    taken = datetime_column("parent_image__datetime", "image taken")
    made = datetime_column("datetime_created", "made")
    algorithm = algorithm
    written_by = written_by

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the submitted JSON, which is large and shown on the detail page only."""
        return super().get_queryset(request).defer("json")

    def devices(self) -> list[str]:
        return queries.devices()

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(parent_image__device__in=devices)

    def related_counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        return {"annotations": rows.order_by().count()}

    def delete(self, rows: QuerySet[Any]) -> None:
        services.annotations_delete(ids=list(rows.values_list("pk", flat=True)))

    def get_exports(self) -> dict[str, str]:
        return {**super().get_exports(), "json": "JSON", "coco": "COCO"}

    def export(self, rows: QuerySet[Any], form: str) -> StreamingHttpResponse:
        if form not in _EXPORTS:
            return super().export(rows, form)
        name = "annotations-coco" if form == "coco" else "annotations"
        return attachment(_EXPORTS[form](rows), name, "json", "application/json")

    @admin.action(description="Export selected as JSON", permissions=["view"])
    def export_selected_json(self, request: HttpRequest, rows: QuerySet[Any]) -> StreamingHttpResponse:
        return self.export(rows, "json")

    @admin.action(description="Export selected as COCO", permissions=["view"])
    def export_selected_coco(self, request: HttpRequest, rows: QuerySet[Any]) -> StreamingHttpResponse:
        return self.export(rows, "coco")

    @admin.display(description="card")
    def thumbnail(self, annotation: UIDAnnotation) -> SafeString:
        return _picture(annotation, "thumbnail-mini", width=64, height=48)

    @admin.display(description="thumbnail")
    def large_thumbnail(self, annotation: UIDAnnotation) -> SafeString:
        return _picture(annotation, "thumbnail", width=512, height=384)

    @admin.display(description="device")
    def device(self, annotation: UIDAnnotation) -> str:
        return annotation.parent_image.device

    @admin.display(description="image")
    def image(self, annotation: UIDAnnotation) -> SafeString:
        address = reverse("admin:images_image_change", args=[annotation.parent_image_id])
        return format_html('<a class="text-link" href="{}">{}</a>', address, annotation.parent_image)

    @admin.display(description="JSON")
    def submitted(self, annotation: UIDAnnotation) -> SafeString:
        indented = orjson.dumps(orjson.loads(annotation.json), option=orjson.OPT_INDENT_2).decode()
        return format_html('<pre class="submitted" tabindex="0">{}</pre>', indented)


def _picture(annotation: UIDAnnotation, what: str, *, width: int, height: int) -> SafeString:
    image = annotation.parent_image
    alt = f"Card of {image.device}, {image.datetime:%Y-%m-%d %H:%M} UTC"
    return picture(layout.image_key(*image.key, what), alt, width=width, height=height)
