"""Annotations as a resource."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from annotations.filters import AnnotationFilters
from annotations.models import UIDAnnotation
from annotations.serializers import AnnotationDetailSerializer, AnnotationSerializer
from images.models import Image
from stickypi.resources import ResourceViewSet


class AnnotationViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """What algorithms and people found on images, in the order they were stored; a single one has its contours.

    Images are fetched after the page: of a join, MariaDB would sort all rows for the first hundred.
    """

    queryset = UIDAnnotation.objects.prefetch_related(
        Prefetch("parent_image", Image.objects.only("device", "datetime").order_by())
    )
    filterset_class = AnnotationFilters

    def get_queryset(self) -> QuerySet[UIDAnnotation]:
        """Contours are much to read, and not shown in a list."""
        return super().get_queryset() if self.action == "retrieve" else super().get_queryset().defer("json")

    def get_serializer_class(self) -> type[Any]:
        """A list goes without contours."""
        return AnnotationDetailSerializer if self.action == "retrieve" else AnnotationSerializer
