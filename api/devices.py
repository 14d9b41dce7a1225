"""Devices as a resource, and what they say of themselves."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import uploader
from api.images import ImageSerializer
from api.resources import ResourceViewSet
from images import devices, statuses
from images.devices import Device
from images.filters import DeviceFilters
from images.models import DeviceStatus, Image
from sticky_pi_api.core.formats import parse_device
from sticky_pi_api.core.info import dictionary
from stickypi.http.operations import read_info


class DeviceSerializer(serializers.Serializer):
    """A device with its last image, whose readings are its latest."""

    href = serializers.HyperlinkedIdentityField(view_name="device-detail", lookup_field="device")
    device = serializers.CharField()
    first_datetime = serializers.DateTimeField(help_text="Of its first image.")
    last_datetime = serializers.DateTimeField(source="last_image.datetime", help_text="Of its last image.")
    n_images_7_days = serializers.IntegerField(help_text="Images in the 7 days to its last one: 504 without gaps.")
    last_image = ImageSerializer()


class NewStatusSerializer(serializers.Serializer):
    battery = serializers.IntegerField(required=False, min_value=0, max_value=100, help_text="%.")
    disk_free = serializers.IntegerField(required=False, min_value=0, help_text="Bytes.")
    version = serializers.CharField(required=False, max_length=64, help_text="Of its software.")
    clock = serializers.DateTimeField(required=False, help_text="What it takes for the time as it sends this, UTC.")
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(), required=False, help_text="What went wrong lately."
    )


class StatusSerializer(serializers.ModelSerializer):
    """A status, and when it came."""

    errors = serializers.ListField(child=serializers.CharField(), read_only=True)  # type: ignore[assignment]
    clock_offset = serializers.SerializerMethodField(help_text="Seconds that the clock was ahead of the server's.")
    is_clock_off = serializers.BooleanField(read_only=True, help_text="By more than 10 minutes.")

    class Meta:
        model = DeviceStatus
        fields = [
            *("id", "device", "datetime_created", "battery", "disk_free", "version", "clock", "clock_offset"),
            *("is_clock_off", "errors", "api_user"),
        ]
        read_only_fields = fields

    def get_clock_offset(self, row: DeviceStatus) -> float | None:
        return None if row.clock_offset is None else round(row.clock_offset.total_seconds(), 3)


@extend_schema_serializer(many=False)
class StatusesSerializer(serializers.Serializer):
    """All that are kept of a device, in the form of a page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = StatusSerializer(many=True)


class DeviceViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Traps that have sent images: first and last image, number of images in the last 7 days, latest readings."""

    actions_of_keys = ("keep_status",)
    queryset = Image.objects.none()
    serializer_class = DeviceSerializer
    filterset_class = DeviceFilters
    lookup_field = "device"
    ordering = ("device",)

    def get_queryset(self) -> QuerySet[Image]:
        return devices.last_images()

    def paginate_queryset(self, queryset: Any) -> list[Device]:  # type: ignore[override]
        return devices.summaries(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Device:
        return devices.summaries([super().get_object()])[0]

    @extend_schema(responses=StatusesSerializer, filters=False, summary="What a device said of itself")
    @action(detail=True, parser_classes=[JSONParser], renderer_classes=[JSONRenderer], pagination_class=None)
    def status(self, request: Request, device: str) -> Response:
        """The last ones, latest first."""
        found = statuses.history(parse_device(device))
        return Response({"next": None, "previous": None, "results": StatusSerializer(found, many=True).data})

    @extend_schema(request=NewStatusSerializer, responses={201: StatusSerializer}, summary="Keep a status of a device")
    @status.mapping.post
    def keep_status(self, request: Request, device: str) -> Response:
        """All of it may be left out: that the device is heard of is kept as well."""
        sent = statuses.parse_status(dictionary(read_info(request)))
        row = statuses.status_put(device=parse_device(device), status=sent, user=uploader(request))
        return Response(StatusSerializer(row).data, HTTPStatus.CREATED)
