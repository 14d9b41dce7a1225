"""Tuboid series and tuboids as resources."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.authentication import caller
from api.resources import FileLink, TableViewSet
from sticky_pi_api.core import layout, records
from sticky_pi_api.core.tuboids import parse_series_info
from tuboids import services
from tuboids.filters import TuboidFilters, TuboidSeriesFilters
from tuboids.models import TiledTuboid, TuboidSeries
from tuboids.queries import SERIES_PATHS


def _key(name: str) -> Callable[[TiledTuboid], str]:
    return lambda row: layout.tuboid_key(row.tuboid_id, name)


class TuboidSeriesSerializer(serializers.ModelSerializer):
    """The contract's columns of a series."""

    href = serializers.HyperlinkedIdentityField(view_name="tuboid-series-detail")

    class Meta:
        model = TuboidSeries
        fields = ["href", *records.TUBOID_SERIES]
        read_only_fields = fields


class NewTuboidSeriesSerializer(serializers.Serializer):
    """A series as `series_info` of an upload has it."""

    device = serializers.CharField()
    start_datetime = serializers.CharField(help_text="UTC.")
    end_datetime = serializers.CharField(help_text="UTC.")
    n_images = serializers.IntegerField()
    n_tuboids = serializers.IntegerField(help_text="At most that many may be stored.")
    algo_name = serializers.CharField()
    algo_version = serializers.CharField()


class TuboidSerializer(serializers.ModelSerializer):
    """The contract's columns of a tuboid, columns of its series, and links to its files."""

    href = serializers.HyperlinkedIdentityField(view_name="tuboid-detail")
    parent_series: serializers.Field = serializers.HyperlinkedRelatedField(
        view_name="tuboid-series-detail", read_only=True
    )
    parent_series_id = serializers.IntegerField(read_only=True)
    device = serializers.CharField(source="parent_series.device", read_only=True)
    algo_name = serializers.CharField(source="parent_series.algo_name", read_only=True)
    algo_version = serializers.CharField(source="parent_series.algo_version", read_only=True)
    tuboid = FileLink(_key("tuboid"), help_text="Tiles, 4 across.")
    context = FileLink(_key("context"), help_text="The whole card.")  # type: ignore[assignment]
    metadata = FileLink(_key("metadata"), help_text="A line per shot.")

    class Meta:
        model = TiledTuboid
        fields = [
            "href",
            *records.TILED_TUBOIDS,
            "parent_series",
            "device",
            "algo_name",
            "algo_version",
            "tuboid",
            "context",
            "metadata",
        ]
        read_only_fields = fields


class TuboidSeriesViewSet(TableViewSet, RetrieveModelMixin):
    """Runs of the matcher, by device and start."""

    row = records.TuboidSeriesRow

    queryset = TuboidSeries.objects.all()
    parser_classes = [JSONParser, MultiPartParser, FormParser]
    filterset_class = TuboidSeriesFilters
    ordering = ("device", "start_datetime", "end_datetime", "algo_name", "algo_version")

    def get_serializer_class(self) -> type[Any]:
        return NewTuboidSeriesSerializer if self.action == "create" else TuboidSeriesSerializer

    @extend_schema(responses={201: TuboidSeriesSerializer}, summary="Store a series before its tuboids, or without any")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tuboids make their series as they are uploaded: this is for one in which nothing was caught.

        One that is there with the same numbers is left as it is.
        """
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        stored = services.series_put(series=parse_series_info(sent.validated_data), user=caller(request))
        headers = {"Location": reverse("tuboid-series-detail", [stored.pk], request=request)}
        row = TuboidSeriesSerializer(stored, context=self.get_serializer_context()).data
        return Response(row, status.HTTP_201_CREATED, headers=headers)


class TuboidViewSet(TableViewSet, RetrieveModelMixin):
    """Insects followed through a series, by tuboid_id, which is by device and series.

    Series are fetched after the page: with a join, MariaDB would sort all rows for the first hundred.
    """

    queryset = TiledTuboid.objects.prefetch_related("parent_series")
    serializer_class = TuboidSerializer
    filterset_class = TuboidFilters
    ordering = ("tuboid_id",)
    row = records.TuboidInSeriesRow
    paths = SERIES_PATHS
