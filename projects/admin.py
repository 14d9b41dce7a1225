"""Projects and deployments in the admin, those that a user may read, and the filter of images by project."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from images.admin import ImageAdmin
from images.models import Image
from projects import queries
from projects.models import Deployment, Project
from sticky_pi_api.core import records
from sticky_pi_api.core.errors import InvalidInput
from stickypi.admin.columns import datetime_column, written_by
from stickypi.admin.filters import DayRangeFilter, DeviceFilter
from stickypi.admin.tables import TableAdmin

_RECORD = ("Record", {"fields": ["made", "api_user", "api_version"]})


admin.site.unregister(Image)


class ProjectFilter(DropdownFilter):
    """The images that traps took while they stood for a project."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(project.pk), project.name) for project in queries.listed(request.user)]  # type: ignore[arg-type]

    def has_output(self) -> bool:
        """Also who may read no project is told that they may not read this one, rather than shown all images."""
        return bool(self.lookup_choices or self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        try:
            project = queries.chosen(request.user, self.value())  # type: ignore[arg-type]
        except InvalidInput as error:
            messages.error(request, f"{error.detail[:1].upper()}{error.detail[1:]}.")
            return queryset.none()
        return queryset.filter(queries.within(project.pk))


@admin.register(Image)
class ProjectImageAdmin(ImageAdmin):
    """The images, also by project."""

    list_filter = [*ImageAdmin.list_filter[:1], ProjectFilter, *ImageAdmin.list_filter[1:]]

    def is_filtered_by_device(self, request: HttpRequest) -> bool:
        return super().is_filtered_by_device(request) or bool(request.GET.get("project"))


@admin.register(Project)
class ProjectAdmin(TableAdmin):
    list_display = ["name", "description", "its_deployments", "made", "written_by"]
    search_fields = ["name"]
    search_help_text = "Name: % any run, _ one character"
    ordering = ["-id"]
    export_columns = records.PROJECTS
    empty_text = "Make projects on the page Projects, or with RemoteClient.put_projects(info)."
    fieldsets = [
        (None, {"fields": ["name", "description", "notes", "columns", "members", "its_deployments"]}),
        _RECORD,
    ]

    made = datetime_column("datetime_created", "made")
    written_by = written_by

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        readable = super().get_queryset(request).filter(pk__in=queries.readable(request.user).values("pk"))  # type: ignore[arg-type]
        return readable.annotate(n_deployments=Count("deployments"))

    def search(self, rows: QuerySet[Any], pattern: str) -> QuerySet[Any]:
        return rows.filter(name__like=pattern)

    @admin.display(description="deployments")
    def its_deployments(self, project: Project) -> SafeString:
        address = reverse("admin:projects_deployment_changelist")
        number = project.n_deployments  # type: ignore[attr-defined]
        return format_html(
            '<a class="text-link" href="{}?parent_project__id__exact={}">{}</a>', address, project.pk, number
        )

    @admin.display(description="columns of its own")
    def columns(self, project: Project) -> str:
        return ", ".join(str(column) for column in project.columns.order_by("id"))

    @admin.display(description="members")
    def members(self, project: Project) -> str:
        return ", ".join(str(each) for each in project.permissions.select_related("parent_user").order_by("id"))


@admin.register(Deployment)
class DeploymentAdmin(TableAdmin):
    list_display = ["device", "start", "end", "project", "recorded", "made", "written_by"]
    list_filter = [DeviceFilter, ("start_datetime", DayRangeFilter)]
    search_fields = ["device"]
    ordering = ["-id"]
    device_ordering = ["-device", "-start_datetime", "-end_datetime"]
    export_columns = ["parent_project__name", "id", "device", "start_datetime", "end_datetime", "values"]
    empty_text = "Store deployments on the page of a project, or with RemoteClient.put_project_series(info)."
    fieldsets = [(None, {"fields": ["device", "start", "end", "project", "recorded"]}), _RECORD]

    start = datetime_column("start_datetime", "start")
    end = datetime_column("end_datetime", "end")
    made = datetime_column("datetime_created", "made")
    written_by = written_by

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        readable = queries.readable(request.user).values("pk")  # type: ignore[arg-type]
        rows = super().get_queryset(request).filter(parent_project__in=readable)
        return rows.prefetch_related("parent_project__columns")

    def devices(self) -> list[str]:
        return queries.devices()

    def filter_by_devices(self, rows: QuerySet[Any], devices: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(device__in=devices)

    @admin.display(description="project")
    def project(self, deployment: Deployment) -> SafeString:
        address = reverse("admin:projects_project_change", args=[deployment.parent_project_id])
        return format_html('<a class="text-link" href="{}">{}</a>', address, deployment.parent_project)

    @admin.display(description="recorded")
    def recorded(self, deployment: Deployment) -> str:
        """The values that are set."""
        values = queries.values_of(deployment)
        return ", ".join(f"{name}: {value}" for name, value in values.items() if value is not None)
