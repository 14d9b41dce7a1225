"""The feed of changes as a resource."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from api.resources import ResourceAccess
from changes.models import COLUMNS, KINDS, Change
from changes.queries import changes_since
from changes.services import changes_number
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.like import check_pattern

_MOST = 1000


class ChangeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Change
        fields = ["id", *COLUMNS]
        read_only_fields = fields


@extend_schema_serializer(many=False)
class ChangesSerializer(serializers.Serializer):
    """Changes in the form of a page."""

    next = serializers.URLField(allow_null=True, help_text="Where there are more already.")
    previous = serializers.URLField(allow_null=True)
    results = ChangeSerializer(many=True)
    last = serializers.IntegerField(help_text="To be asked as `since` for what comes after.")


class ChangeViewSet(ResourceAccess, ViewSet):
    """What came and went, numbered without gaps: who asks on from `last` misses nothing and sees nothing twice."""

    @extend_schema(
        responses=ChangesSerializer,
        parameters=[
            OpenApiParameter("since", int, description="`last` of the answer before; 0: all; left out: only `last`."),
            OpenApiParameter("limit", int, description=f"Up to {_MOST}, which it is if left out."),
            OpenApiParameter("kind", enum=KINDS, description="Of one kind only, or of several, with commas."),
            OpenApiParameter("device", description="LIKE pattern of devices, e.g. 5c%."),
        ],
    )
    def list(self, request: Request) -> Response:
        """Those after a number, in the order in which they became visible."""
        asked = request.query_params
        since = _number(asked, "since", 0, 0, 2**63 - 1) if "since" in asked else None
        most, kinds = _number(asked, "limit", _MOST, 1, _MOST), _kinds(asked.get("kind", ""))
        changes_number()
        page = changes_since(since=since, most=most, kinds=kinds, device=check_pattern(asked.get("device", "%")))
        return Response(
            {
                "next": _following(request, page.last) if page.has_more else None,
                "previous": None,
                "results": ChangeSerializer(page.changes, many=True).data,
                "last": page.last,
            }
        )


def _number(asked: Any, name: str, default: int, low: int, high: int) -> int:
    text = asked.get(name, str(default))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
    if not low <= number <= high:
        raise InvalidInput(f"{name}={shown(text)}: it takes a whole number from {low} to {high}")
    return number


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(filter(None, map(str.strip, text.split(","))))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise InvalidInput(f"kind={shown(text)}: there is no {shown(unknown[0])}, there are {', '.join(KINDS)}")
    return kinds


def _following(request: Request, last: int) -> str:
    query = request.query_params.copy()
    query["since"] = str(last)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
