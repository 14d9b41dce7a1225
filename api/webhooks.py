"""Webhooks as a resource, for administrators."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.permissions import AdministratorRole
from api.resources import ResourceViewSet
from changes import webhooks
from changes.models import KINDS, Webhook
from sticky_pi_api.core.info import dictionary
from stickypi.http.operations import read_info


class WebhookSerializer(serializers.ModelSerializer):
    """A webhook, and how far it has come."""

    href = serializers.HyperlinkedIdentityField(view_name="webhook-detail")
    kinds = serializers.SerializerMethodField()

    class Meta:
        model = Webhook
        fields = ["href", "id", "name", "url", "kinds", "device", "is_active", "position", "failures", "error"]
        fields += ["due", "received", "datetime_created", "api_user"]
        read_only_fields = fields

    def get_kinds(self, webhook: Webhook) -> list[str]:
        return [kind for kind in webhook.kinds.split(",") if kind]


class MadeWebhookSerializer(WebhookSerializer):
    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class NewWebhookSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=64)
    url = serializers.CharField(max_length=500)
    kinds = serializers.ListField(child=serializers.ChoiceField(KINDS), required=False, help_text="All if left out.")
    device = serializers.CharField(max_length=64, default="%", help_text="A LIKE pattern.")


class WebhookViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Addresses that changes are posted to, signed, in order, each page until it is received: docs/changes.md."""

    queryset = Webhook.objects.all()
    serializer_class = WebhookSerializer
    permission_classes = [AdministratorRole]
    parser_classes = [JSONParser]

    def get_serializer_class(self) -> type[Any]:
        return NewWebhookSerializer if self.action == "create" else WebhookSerializer

    @extend_schema(responses={201: MadeWebhookSerializer}, summary="Make a webhook")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The answer has the secret, which is not shown again."""
        new = webhooks.parse_webhook(dictionary(read_info(request)))
        made = webhooks.webhook_create(new=new, user=caller(request))
        row = MadeWebhookSerializer(made, context=self.get_serializer_context()).data
        return Response(row, status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses=WebhookSerializer, summary="Send again")
    @action(detail=True, methods=["post"], renderer_classes=[JSONRenderer])
    def activate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """From where it stopped, and at once."""
        webhooks.webhook_activate(pk=self.get_object().pk)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="End a webhook")
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        webhooks.webhook_delete(pk=self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
