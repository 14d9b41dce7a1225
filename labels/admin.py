"""Labels in the admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from labels import services
from labels.models import ITCLabel
from sticky_pi_api.core import records
from stickypi.admin.columns import algorithm, datetime_column
from stickypi.admin.deletion import DeletableAdmin
from stickypi.admin.filters import AlgorithmFilter, DeviceFilter
from tuboids import queries as tuboids
from tuboids.admin import tuboid_label


@admin.register(ITCLabel)
class ITCLabelAdmin(DeletableAdmin):
    """What algorithms and people say of tuboids."""

    list_display = [
        "taxon",
        "tuboid",
        "type",
        "order",
        "family",
        "genus",
        "species",
        "algorithm",
        "made",
    ]
    list_filter = [DeviceFilter, AlgorithmFilter]
    list_select_related = ["parent_tuboid"]
    search_fields = ["parent_tuboid__tuboid_id"]
    ordering = ["-id"]
    device_ordering = ["-parent_tuboid__tuboid_id"]
    export_columns = ["parent_tuboid__tuboid_id", *records.ITC_LABELS]
    empty_text = "Upload with RemoteClient.put_itc_labels(info), or label tuboids here."
    fieldsets = [
        (None, {"fields": ["taxon", "tuboid", "type", "order", "family", "genus", "species", "label", "pattern"]}),
        ("Source", {"fields": ["algo_name", "algo_version", "made", "api_user", "api_version"]}),
    ]

    made = datetime_column("datetime_created", "made")
    algorithm = algorithm

    def devices(self) -> list[str]:
        return tuboids.devices()

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(tuboids.has_device(devices, "parent_tuboid__tuboid_id"))

    def related_counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        return {"labels": rows.order_by().count()}

    def delete(self, rows: QuerySet[Any]) -> None:
        services.labels_delete(ids=list(rows.values_list("pk", flat=True)))

    @admin.display(description="tuboid")
    def tuboid(self, label: ITCLabel) -> SafeString:
        """Device and number."""
        return tuboid_label(label.parent_tuboid.tuboid_id)

    @admin.display(description="taxon")
    def taxon(self, label: ITCLabel) -> str:
        """The lowest rank told; of a species, genus and species."""
        return label.text
