"""Tuboid series, tuboids and labels as resources."""

from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from stickypi.resources import ResourceViewSet
from tuboids.filters import LabelFilters, TuboidFilters, TuboidSeriesFilters
from tuboids.models import ITCLabel, TiledTuboid, TuboidSeries
from tuboids.serializers import LabelSerializer, TuboidSerializer, TuboidSeriesSerializer


class TuboidSeriesViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Runs of the matcher, by device and start."""

    queryset = TuboidSeries.objects.all()
    serializer_class = TuboidSeriesSerializer
    filterset_class = TuboidSeriesFilters
    ordering = ("device", "start_datetime", "end_datetime", "algo_name", "algo_version")


class TuboidViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Insects followed through a series, by tuboid_id: that is by device and series.

    Series are fetched after the page: of a join, MariaDB would sort all rows for the first hundred.
    """

    queryset = TiledTuboid.objects.prefetch_related("parent_series")
    serializer_class = TuboidSerializer
    filterset_class = TuboidFilters
    ordering = ("tuboid_id",)


class LabelViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """What classifiers and people say tuboids are, in the order they were said."""

    queryset = ITCLabel.objects.prefetch_related("parent_tuboid")
    serializer_class = LabelSerializer
    filterset_class = LabelFilters
