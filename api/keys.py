"""Keys of devices as a resource."""

from typing import Any

from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts import device_keys
from accounts.authentication import caller
from accounts.models import DeviceKey
from accounts.permissions import AdministratorRole
from api.resources import ResourceViewSet
from sticky_pi_api.core.info import dictionary
from stickypi.http.operations import read_info


class KeySerializer(serializers.ModelSerializer):
    """A key without its secret, which is not stored; the prefix identifies it."""

    href = serializers.HyperlinkedIdentityField(view_name="key-detail")
    state = serializers.ChoiceField(["good", "revoked", "expired"], read_only=True)

    class Meta:
        model = DeviceKey
        fields = [
            *("href", "id", "name", "devices", "prefix", "state", "expires", "revoked", "revoked_by"),
            *("last_used", "last_address", "datetime_created", "api_user"),
        ]
        read_only_fields = fields


class MadeKeySerializer(KeySerializer):
    key = serializers.SerializerMethodField(help_text="Shown this once.")

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "key"]
        read_only_fields = fields

    def get_key(self, row: DeviceKey) -> str:
        return self.context["key"]


class NewKeySerializer(serializers.Serializer):
    name = serializers.CharField(
        max_length=28, help_text="E.g. orchard phone: what it uploads has the name in api_user."
    )
    devices = serializers.CharField(max_length=64, help_text="Those it uploads for, a LIKE pattern, e.g. 5c%.")
    expires = serializers.CharField(required=False, help_text="UTC; never if left out.")


class RotationSerializer(serializers.Serializer):
    keep_hours = serializers.IntegerField(
        min_value=0,
        max_value=device_keys.MAX_KEPT_HOURS,
        default=0,
        help_text="For how long the old one is still good; 0: it is revoked.",
    )


class KeyViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """What harvesters upload with, for administrators: each for the devices of a pattern, revoked at once."""

    queryset = DeviceKey.objects.all()
    serializer_class = KeySerializer
    permission_classes = [AdministratorRole]
    parser_classes = [JSONParser]

    def get_serializer_class(self) -> type[Any]:
        return {"create": NewKeySerializer, "rotate": RotationSerializer}.get(self.action, KeySerializer)

    @extend_schema(responses={201: MadeKeySerializer}, summary="Make a key")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The answer has the key, which is not shown again."""
        new = device_keys.parse_new_key(dictionary(read_info(request)))
        return self._made(*device_keys.key_create(new=new, user=caller(request)))

    @extend_schema(responses={201: MadeKeySerializer}, summary="Replace a key by a new one")
    @action(detail=True, methods=["post"], renderer_classes=[JSONRenderer])
    def rotate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """For the same devices, of the same name, and good for as long."""
        sent = self.get_serializer(data=dictionary(read_info(request) or {}))
        sent.is_valid(raise_exception=True)
        made = device_keys.key_rotate(pk=self.get_object().pk, user=caller(request), **sent.validated_data)
        return self._made(*made)

    @extend_schema(request=None, responses=KeySerializer, summary="Revoke a key")
    @action(detail=True, methods=["post"], renderer_classes=[JSONRenderer])
    def revoke(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """It is refused from now on."""
        key = device_keys.key_revoke(pk=self.get_object().pk, user=caller(request))
        return Response(self.get_serializer(key).data)

    @sensitive_variables("key")
    def _made(self, row: DeviceKey, key: str) -> Response:
        serializer = MadeKeySerializer(row, context={**self.get_serializer_context(), "key": key})
        headers = {"Location": reverse("key-detail", [row.pk], request=self.request), "Cache-Control": "no-store"}
        return Response(serializer.data, status.HTTP_201_CREATED, headers=headers)
