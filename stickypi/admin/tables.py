"""What the admin's lists of all tables share: they stay fast at ten million rows, and their rows are read-only."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets, action
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.like import check_pattern, matcher
from stickypi.admin.columns import EMPTY
from stickypi.admin.exports import attachment, csv_parts
from stickypi.admin.paging import CappedPaginator, IndexedChangeList

_WILDCARDS = frozenset("%_")


class TableAdmin(ModelAdmin):
    """The list and the detail page of a table. Each ordering that a subclass names must be that of an index."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_fullwidth = True
    list_filter_submit = True
    sortable_by: Sequence[str] = ()
    empty_value_display = EMPTY
    change_list_template = "stickypi/change_list.html"
    search_help_text = "Device: % any run, _ one character"

    device_ordering: ClassVar[Sequence[str]] = ()  # when filtered by device
    day_column: ClassVar[str] = ""  # what the filter of days compares
    day_ordering: ClassVar[Sequence[str]] = ()  # when filtered by day
    export_columns: ClassVar[Sequence[str]] = ()
    empty_text = "Nothing here yet."
    actions = ["export_selected_csv"]

    def devices(self) -> list[str]:
        """All devices that occur in the table."""
        raise NotImplementedError

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        raise NotImplementedError

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], term: str) -> tuple[QuerySet[Any], bool]:
        """By LIKE pattern; a term without wildcards matches the beginning."""
        if not (self.search_fields and term.strip()):
            return rows, False
        try:
            pattern = check_pattern(term.strip())
        except InvalidInput as error:
            messages.error(request, f"Search: {error.detail}.")
            return rows.none(), False
        return self.search(rows, pattern if _WILDCARDS & set(pattern) else f"{pattern}%"), False

    def search(self, rows: QuerySet[Any], pattern: str) -> QuerySet[Any]:
        """The rows whose device matches."""
        devices, matches = self.devices(), matcher(pattern)
        matching = [device for device in devices if matches(device)]
        if not matching:
            return rows.none()
        return rows if len(matching) == len(devices) else self.filter_by_devices(rows, matching)

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """The order of the index that finds the rows, so that they need no sorting."""
        if self.device_ordering and self.is_filtered_by_device(request):
            return self.device_ordering
        if self.day_ordering and self.is_filtered_by_day(request):
            return self.day_ordering
        return super().get_ordering(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[IndexedChangeList]:
        return IndexedChangeList

    def is_filtered_by_device(self, request: HttpRequest) -> bool:
        return bool(request.GET.get("q", "").strip() or request.GET.get("device"))

    def is_filtered_by_day(self, request: HttpRequest) -> bool:
        return any(request.GET.get(f"{self.day_column}_{end}") for end in ("from", "to"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [
            path("export/<str:form>/", self.admin_site.admin_view(self.export_view), name=name),
            *super().get_urls(),
        ]

    def get_exports(self) -> dict[str, str]:
        """Format -> title of each export."""
        return {"csv": "CSV"}

    def export(self, rows: QuerySet[Any], form: str) -> StreamingHttpResponse:
        name = str(self.opts.verbose_name_plural).replace(" ", "-")
        return attachment(csv_parts(rows, self.export_columns), name, "csv", "text/csv; charset=utf-8")

    def export_view(self, request: HttpRequest, form: str) -> StreamingHttpResponse:
        """The whole filtered list as a file."""
        if not self.has_view_permission(request) or form not in self.get_exports():
            raise PermissionDenied
        return self.export(self.get_changelist_instance(request).get_queryset(request), form)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"exports": self.get_exports(), **(extra_context or {})})

    @action(description="Export selected as CSV", permissions=["view"])
    def export_selected_csv(self, request: HttpRequest, rows: QuerySet[Any]) -> StreamingHttpResponse:
        return self.export(rows, "csv")
