"""Labels as a resource."""

from types import MappingProxyType

from rest_framework import serializers
from rest_framework.mixins import RetrieveModelMixin

from api.resources import TableViewSet
from labels.filters import LabelFilters
from labels.models import ITCLabel
from sticky_pi_api.core import records


class LabelSerializer(serializers.ModelSerializer):
    """The contract's columns of a label, and its tuboid."""

    href = serializers.HyperlinkedIdentityField(view_name="label-detail")
    parent_tuboid: serializers.Field = serializers.HyperlinkedRelatedField(view_name="tuboid-detail", read_only=True)
    parent_tuboid_id = serializers.IntegerField(read_only=True)
    tuboid_id = serializers.CharField(source="parent_tuboid.tuboid_id", read_only=True)

    class Meta:
        model = ITCLabel
        fields = ["href", *records.ITC_LABELS, "parent_tuboid", "tuboid_id"]
        read_only_fields = fields


class LabelViewSet(TableViewSet, RetrieveModelMixin):
    """What classifiers and people say that tuboids are, in the order of storage."""

    queryset = ITCLabel.objects.prefetch_related("parent_tuboid")
    serializer_class = LabelSerializer
    filterset_class = LabelFilters
    row = records.LabelOnTuboidRow
    paths = MappingProxyType(
        {
            "tuboid_id": "parent_tuboid__tuboid_id",
            "device": "parent_tuboid__parent_series__device",
            "start_datetime": "parent_tuboid__start_datetime",
        }
    )
