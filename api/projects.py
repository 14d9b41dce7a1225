"""Projects and their deployments as resources."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.authentication import caller
from api.resources import ResourceViewSet
from projects import queries
from projects.filters import DeploymentFilters, ProjectFilters
from projects.models import Deployment, Project, ProjectColumn
from sticky_pi_api.core import records


class ProjectSerializer(serializers.ModelSerializer):
    """The contract's columns of a project, and the columns that it has of its own."""

    href = serializers.HyperlinkedIdentityField(view_name="project-detail")
    columns = serializers.SerializerMethodField(help_text="Name -> SQL type of the columns of its own.")

    class Meta:
        model = Project
        fields = ["href", *records.PROJECTS, "columns"]
        read_only_fields = fields

    def get_columns(self, project: Project) -> dict[str, str]:
        return {column.name: column.sql_type for column in project.columns.all()}


class DeploymentSerializer(serializers.ModelSerializer):
    """A trap in the field, with what its project records of it."""

    href = serializers.HyperlinkedIdentityField(view_name="deployment-detail")
    project: serializers.Field = serializers.HyperlinkedRelatedField(
        source="parent_project", view_name="project-detail", read_only=True
    )
    project_id = serializers.IntegerField(source="parent_project_id", read_only=True)
    values = serializers.SerializerMethodField(help_text="By name of the project's column; null where not set.")

    class Meta:
        model = Deployment
        fields = ["href", "id", "project_id", "device", "start_datetime", "end_datetime", "values"]
        fields += [*records.columns(records.Record), "project"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_values(self, deployment: Deployment) -> dict[str, Any]:
        return queries.values_of(deployment)


_COLUMNS = ProjectColumn.objects.order_by("id")


class ProjectViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Studies that the caller may read, in the order of storage."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilters

    def get_queryset(self) -> QuerySet[Project]:
        return queries.readable(caller(self.request)).prefetch_related(Prefetch("columns", _COLUMNS))


class DeploymentViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Which trap stood in the field for which study and when, of the projects that the caller may read."""

    queryset = Deployment.objects.none()
    serializer_class = DeploymentSerializer
    filterset_class = DeploymentFilters

    def get_queryset(self) -> QuerySet[Deployment]:
        readable = queries.readable(caller(self.request)).values("pk")
        return Deployment.objects.filter(parent_project__in=readable).prefetch_related(
            Prefetch("parent_project__columns", _COLUMNS)
        )
