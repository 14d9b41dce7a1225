"""Tuboid series and tuboids as resources."""

from collections.abc import Callable

from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from api.resources import FileLink, ResourceViewSet
from sticky_pi_api.core import layout, records
from tuboids.filters import TuboidFilters, TuboidSeriesFilters
from tuboids.models import TiledTuboid, TuboidSeries


def _key(name: str) -> Callable[[TiledTuboid], str]:
    return lambda row: layout.tuboid_key(row.tuboid_id, name)


class TuboidSeriesSerializer(serializers.ModelSerializer):
    """The contract's columns of a series."""

    href = serializers.HyperlinkedIdentityField(view_name="tuboid-series-detail")

    class Meta:
        model = TuboidSeries
        fields = ["href", *records.TUBOID_SERIES]
        read_only_fields = fields


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


class TuboidSeriesViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Runs of the matcher, by device and start."""

    queryset = TuboidSeries.objects.all()
    serializer_class = TuboidSeriesSerializer
    filterset_class = TuboidSeriesFilters
    ordering = ("device", "start_datetime", "end_datetime", "algo_name", "algo_version")


class TuboidViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Insects followed through a series, by tuboid_id, which is by device and series.

    Series are fetched after the page: with a join, MariaDB would sort all rows for the first hundred.
    """

    queryset = TiledTuboid.objects.prefetch_related("parent_series")
    serializer_class = TuboidSerializer
    filterset_class = TuboidFilters
    ordering = ("tuboid_id",)
