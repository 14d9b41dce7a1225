"""Tuboids and their series in the admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sticky_pi_api.core import layout, records
from stickypi.admin.columns import algorithm, datetime_column, picture
from stickypi.admin.deletion import DeletableAdmin
from stickypi.admin.filters import AlgorithmFilter, DayRangeFilter, DeviceFilter
from tuboids import queries, services
from tuboids.models import TiledTuboid, TuboidSeries


def tuboid_label(tuboid_id: str) -> SafeString:
    """Device and number of a tuboid, its whole id in the title."""
    device, *_, number = tuboid_id.split(".")
    return format_html('<span title="{}">{} <small>#{}</small></span>', tuboid_id, device, number)


@admin.register(TuboidSeries)
class TuboidSeriesAdmin(DeletableAdmin):
    """Runs of the matcher."""

    list_display = ["device", "start", "end", "n_images", "n_tuboids", "algorithm", "made"]
    list_filter = [DeviceFilter, AlgorithmFilter, ("start_datetime", DayRangeFilter)]
    search_fields = ["device"]
    ordering = ["-id"]
    device_ordering = ["-device", "-start_datetime", "-end_datetime", "-algo_name", "-algo_version"]
    export_columns = records.TUBOID_SERIES
    empty_text = "Upload with RemoteClient.put_tiled_tuboids(directories, series_info)."
    fieldsets = [
        (
            None,
            {"fields": ["device", "start", "end", "n_images", "n_tuboids", "algo_name", "algo_version", "its_tuboids"]},
        ),
        ("Record", {"fields": ["made", "api_user", "api_version"]}),
    ]

    start = datetime_column("start_datetime", "start")
    end = datetime_column("end_datetime", "end")
    made = datetime_column("datetime_created", "made")
    algorithm = algorithm

    def devices(self) -> list[str]:
        return queries.devices()

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(device__in=devices)

    def related_counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        tuboids = TiledTuboid.objects.filter(parent_series__in=rows.order_by())
        counts = tuboids.aggregate(tuboids=Count("pk", distinct=True), labels=Count("labels"))
        return {"series": rows.order_by().count(), **counts, "files": counts["tuboids"] * len(layout.TUBOID_FILES)}

    def delete(self, rows: QuerySet[Any]) -> None:
        services.series_delete_by_id(ids=list(rows.values_list("pk", flat=True)))

    @admin.display(description="tuboids stored")
    def its_tuboids(self, series: TuboidSeries) -> SafeString:
        """A link to the tuboids of this series."""
        address = reverse("admin:tuboids_tiledtuboid_changelist")
        return format_html('<a class="text-link" href="{}?parent_series__id__exact={}">Show</a>', address, series.pk)


@admin.register(TiledTuboid)
class TiledTuboidAdmin(DeletableAdmin):
    """Tuboids, each with its series."""

    list_display = ["tuboid", "start", "end", "n_shots", "algorithm", "n_labels", "made"]
    list_filter = [DeviceFilter, ("start_datetime", DayRangeFilter)]
    search_fields = ["tuboid_id"]
    ordering = ["-id"]
    device_ordering = ["-tuboid_id"]
    day_column = "start_datetime"
    day_ordering = ["-start_datetime"]
    export_columns = [
        *records.TILED_TUBOIDS,
        *(f"parent_series__{name}" for name in ("device", "algo_name", "algo_version")),
    ]
    empty_text = TuboidSeriesAdmin.empty_text
    fieldsets = [
        (None, {"fields": ["tuboid_id", "series", "start", "end", "n_shots", "its_labels"]}),
        ("Pictures", {"fields": ["mosaic", "context"]}),
        ("Record", {"fields": ["made", "api_user", "api_version"]}),
    ]

    start = datetime_column("start_datetime", "first shot")
    end = datetime_column("end_datetime", "last shot")
    made = datetime_column("datetime_created", "made")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of labels, for the rows shown only; a join would tempt MariaDB to begin with the series."""
        counted = TiledTuboid.objects.filter(pk=OuterRef("pk")).values("pk").annotate(n=Count("labels"))
        rows = super().get_queryset(request).prefetch_related("parent_series")
        return rows.annotate(n_labels=Subquery(counted.values("n")))

    def devices(self) -> list[str]:
        return queries.devices()

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(queries.has_device(devices))

    def related_counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        counts = rows.order_by().aggregate(tuboids=Count("pk", distinct=True), labels=Count("labels"))
        return {**counts, "files": counts["tuboids"] * len(layout.TUBOID_FILES)}

    def file_keys(self, row: TiledTuboid) -> list[str]:
        return layout.tuboid_keys(row.tuboid_id)

    def delete(self, rows: QuerySet[Any]) -> None:
        services.tuboids_delete(ids=list(rows.values_list("pk", flat=True)))

    @admin.display(description="tuboid")
    def tuboid(self, tuboid: TiledTuboid) -> SafeString:
        """Device and number."""
        return tuboid_label(tuboid.tuboid_id)

    @admin.display(description="algorithm")
    def algorithm(self, tuboid: TiledTuboid) -> SafeString:
        """Of the series."""
        return algorithm(self, tuboid.parent_series)

    @admin.display(description="labels")
    def n_labels(self, tuboid: TiledTuboid) -> int:
        """How many there are."""
        return tuboid.n_labels  # type: ignore[attr-defined]

    @admin.display(description="series")
    def series(self, tuboid: TiledTuboid) -> SafeString:
        """A link to the series."""
        address = reverse("admin:tuboids_tuboidseries_change", args=[tuboid.parent_series_id])
        return format_html('<a class="text-link" href="{}">{}</a>', address, tuboid.parent_series)

    @admin.display(description="labels")
    def its_labels(self, tuboid: TiledTuboid) -> SafeString:
        """A link to the labels of this tuboid."""
        address = reverse("admin:labels_itclabel_changelist")
        return format_html('<a class="text-link" href="{}?parent_tuboid__id__exact={}">Show</a>', address, tuboid.pk)

    @admin.display(description="mosaic")
    def mosaic(self, tuboid: TiledTuboid) -> SafeString:
        """All shots."""
        key = layout.tuboid_key(tuboid.tuboid_id, "tuboid")
        return picture(key, f"Shots of tuboid {tuboid.tuboid_id}", width=448, height=448)

    @admin.display(description="context")
    def context(self, tuboid: TiledTuboid) -> SafeString:
        """The card."""
        key = layout.tuboid_key(tuboid.tuboid_id, "context")
        return picture(key, f"The card with tuboid {tuboid.tuboid_id} marked", width=512, height=384)
