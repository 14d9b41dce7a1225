"""Bundles as a resource."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ViewSet

from api.resources import ResourceAccess
from bundles import queries
from sticky_pi_api.core.bundles import WHATS, parse_bundle_name
from sticky_pi_api.core.errors import NotFound
from sticky_pi_api.core.layout import check_what
from stickypi.http.operations import link_maker


class BundleSerializer(serializers.Serializer):
    href = serializers.URLField()
    name = serializers.CharField()


class BundleFileSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Path in the bundle.")
    url = serializers.URLField(help_text="Good for a plain GET for a day.")
    md5 = serializers.CharField(help_text="Over 8 MiB in S3's multipart form, of parts of 8 MiB.")
    mtime = serializers.FloatField(help_text="Time of change, unix seconds.")


@extend_schema_serializer(many=False)  # of a list, it would be taken for an element
class BundlesSerializer(serializers.Serializer):
    """All bundles, in the form of a page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = BundleSerializer(many=True)


class BundleDetailSerializer(BundleSerializer):
    files = BundleFileSerializer(many=True)


class BundleViewSet(ResourceAccess, ViewSet):
    """Folders of files that are needed to train and run a model, by name."""

    lookup_field = "name"
    lookup_value_regex = "[^/]+"

    @extend_schema(responses=BundlesSerializer)
    def list(self, request: Request) -> Response:
        """All bundles on one page: there are few."""
        results = [_summary(request, name) for name in queries.bundle_names()]
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(
        responses=BundleDetailSerializer,
        parameters=[OpenApiParameter("what", enum=WHATS, description="Folders: all, those of data, those of a model.")],
    )
    def retrieve(self, request: Request, name: str) -> Response:
        """A bundle with its files."""
        what = check_what(request.query_params.get("what", "all"), WHATS)
        chunks = queries.bundle_files(bundle_name=parse_bundle_name(name), what=what, link=link_maker(request))
        files = [file for chunk in chunks for file in chunk]
        if not files and name not in queries.bundle_names():
            raise NotFound(f"there is no bundle {name!r}")
        return Response({**_summary(request, name), "files": files})


def _summary(request: Request, name: str) -> dict[str, Any]:
    return {"href": reverse("bundle-detail", [name], request=request), "name": name}
