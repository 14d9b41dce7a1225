"""Annotations as a resource."""

from types import MappingProxyType
from typing import Any

import orjson
from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import RetrieveModelMixin

from annotations.filters import AnnotationFilters
from annotations.models import UIDAnnotation
from api.resources import TableViewSet
from images.models import Image
from sticky_pi_api.core import records


class AnnotationSerializer(serializers.ModelSerializer):
    """The contract's columns of an annotation except `json`, and its image."""

    href = serializers.HyperlinkedIdentityField(view_name="annotation-detail")
    parent_image: serializers.Field = serializers.HyperlinkedRelatedField(view_name="image-detail", read_only=True)
    parent_image_id = serializers.IntegerField(read_only=True)
    device = serializers.CharField(source="parent_image.device", read_only=True)
    datetime = serializers.DateTimeField(source="parent_image.datetime", read_only=True)

    class Meta:
        model = UIDAnnotation
        fields = [
            "href",
            *(column for column in records.UID_ANNOTATIONS if column != "json"),
            "parent_image",
            "device",
            "datetime",
        ]
        read_only_fields = fields


class AnnotationDetailSerializer(AnnotationSerializer):
    """An annotation with its contours."""

    json = serializers.SerializerMethodField(help_text="The object as it was submitted.")

    class Meta(AnnotationSerializer.Meta):
        fields = [*AnnotationSerializer.Meta.fields, "json"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_json(self, annotation: UIDAnnotation) -> Any:
        return orjson.loads(annotation.json)


class AnnotationViewSet(TableViewSet, RetrieveModelMixin):
    """What algorithms and people found on images, in the order of storage; a single annotation includes its contours.

    Images are fetched after the page: with a join, MariaDB would sort all rows for the first hundred.
    """

    queryset = UIDAnnotation.objects.prefetch_related(
        Prefetch("parent_image", Image.objects.only("device", "datetime").order_by())
    )
    filterset_class = AnnotationFilters
    row = records.AnnotationOnImageRow
    paths = MappingProxyType({"device": "parent_image__device", "datetime": "parent_image__datetime"})
    large = ("json",)
    table_ordering = ("parent_image__device", "parent_image__datetime", "id")

    def get_queryset(self) -> QuerySet[UIDAnnotation]:
        """Without the contours in a list: they are large."""
        return super().get_queryset() if self.action == "retrieve" else super().get_queryset().defer("json")

    def get_serializer_class(self) -> type[Any]:
        return AnnotationDetailSerializer if self.action == "retrieve" else AnnotationSerializer
