"""Tuboid series, tuboids and labels as resources."""

from collections.abc import Callable

from rest_framework import serializers

from sticky_pi_api.core import layout, records
from stickypi.resources import FileLink
from tuboids.models import ITCLabel, TiledTuboid, TuboidSeries


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
    """The contract's columns of a tuboid, what its series says, and links to its files."""

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


class LabelSerializer(serializers.ModelSerializer):
    """The contract's columns of a label, and which tuboid it is of."""

    href = serializers.HyperlinkedIdentityField(view_name="label-detail")
    parent_tuboid: serializers.Field = serializers.HyperlinkedRelatedField(view_name="tuboid-detail", read_only=True)
    parent_tuboid_id = serializers.IntegerField(read_only=True)
    tuboid_id = serializers.CharField(source="parent_tuboid.tuboid_id", read_only=True)

    class Meta:
        model = ITCLabel
        fields = ["href", *records.ITC_LABELS, "parent_tuboid", "tuboid_id"]
        read_only_fields = fields
