"""Labels as a resource."""

from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from api.resources import ResourceViewSet
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


class LabelViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """What classifiers and people say that tuboids are, in the order of storage."""

    queryset = ITCLabel.objects.prefetch_related("parent_tuboid")
    serializer_class = LabelSerializer
    filterset_class = LabelFilters
