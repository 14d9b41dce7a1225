"""Users as a resource."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.filters import UserFilters
from accounts.models import User
from api.resources import ResourceViewSet
from sticky_pi_api.core import records


class UserSerializer(serializers.ModelSerializer):
    """The contract's columns of a user."""

    href = serializers.HyperlinkedIdentityField(view_name="user-detail")

    class Meta:
        model = User
        fields = ["href", *records.USERS]
        read_only_fields = fields


class UserViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """People and devices with access: administrators see all, others themselves."""

    queryset = User.objects.filter(is_active=True)
    serializer_class = UserSerializer
    filterset_class = UserFilters
    ordering = ("username",)

    def get_queryset(self) -> QuerySet[User]:
        user = caller(self.request)
        return super().get_queryset() if user.is_admin else User.objects.filter(pk=user.pk)

    @extend_schema(summary="The caller", filters=False)
    @action(detail=False, pagination_class=None)
    def me(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.get_serializer(caller(request)).data)
