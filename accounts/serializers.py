"""Users as a resource."""

from rest_framework import serializers

from accounts.models import User
from sticky_pi_api.core import records


class UserSerializer(serializers.ModelSerializer):
    """The contract's columns of a user."""

    href = serializers.HyperlinkedIdentityField(view_name="user-detail")

    class Meta:
        model = User
        fields = ["href", *records.USERS]
        read_only_fields = fields
