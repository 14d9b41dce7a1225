"""Jobs as a resource: asked for with POST, watched, cancelled."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from api.resources import ResourceViewSet
from jobs import queries, services
from jobs.kinds import KINDS
from jobs.models import Job
from sticky_pi_api.core import records
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from stickypi.http.operations import read_info


class JobSerializer(serializers.ModelSerializer):
    """A job, and how far it is."""

    href = serializers.HyperlinkedIdentityField(view_name="job-detail")
    url = serializers.SerializerMethodField(help_text="Of the result, a zip file; null while there is none.")

    class Meta:
        model = Job
        fields = ["href", "id", "kind", "options", "status", "n_done", "n_total", "note", "error"]
        fields += ["started", "finished", "url", "result_bytes", "expires", *records.columns(records.Record)]
        read_only_fields = fields

    def get_url(self, job: Job) -> str | None:
        return self.context["link"](job.result_key) if job.result_key else None


class NewJobSerializer(serializers.Serializer):
    """What a job is asked for with."""

    kind = serializers.ChoiceField(list(KINDS))
    options = serializers.DictField(
        default=dict, help_text="Of an export: its `kind`, `start`, `end` and others, see docs/exports.md."
    )


class AnyUser(BasePermission):
    """Any user may ask for a job; the kinds say who may ask for which."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, User)


class JobViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The caller's jobs, the latest first; administrators see all."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    permission_classes = [AnyUser]
    parser_classes = [JSONParser]
    filterset_fields = ["kind", "status"]
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Job]:
        return queries.visible(caller(self.request))

    @extend_schema(request=NewJobSerializer, responses={status.HTTP_201_CREATED: JobSerializer})
    def create(self, request: Request) -> Response:
        """Queues a job, which a worker beside the server does."""
        asked = read_info(request)
        if not isinstance(asked, dict) or not isinstance(asked.get("options", {}), dict):
            raise InvalidInput(f'{shown(asked)}: it takes {{"kind": ..., "options": {{...}}}}')
        job = services.job_create(kind=asked.get("kind"), options=asked.get("options", {}), user=caller(request))
        return Response(self.get_serializer(job).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancels it: at once if it waits, within seconds if it runs."""
        job = services.job_cancel(job_id=self.get_object().pk, user=caller(request))
        return Response(self.get_serializer(job).data)
