"""What was caught when, at what effort, as resources: the numbers of the pages Catch and Activity."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.authentication import caller
from activity.queries import UNLABELLED, Captures, hourly, nightly
from activity.selection import NIGHTS, Choice, read_choice
from api.resources import ResourceAccess
from sticky_pi_api.core.records import RANKS

_PARAMETERS = [
    OpenApiParameter("device", description="The beginning of devices, or a LIKE pattern; all if left out."),
    OpenApiParameter("project", int, description="Only where and while its deployments lasted."),
    OpenApiParameter("start", description=f"First night, YYYY-MM-DD; {NIGHTS} nights before the last if left out."),
    OpenApiParameter("end", description="Last night, included; that of the last image if left out."),
    OpenApiParameter("rank", enum=RANKS, description="At which taxa are told apart: order if left out."),
    OpenApiParameter("labels", description="Whose: people, the id of an algorithm, or people,<id> for people first."),
]


class CaptureSerializer(serializers.Serializer):
    taxon = serializers.CharField(
        help_text="Its names down to the rank, with ; between; empty: not told at this rank; -: not labelled."
    )
    captures = serializers.IntegerField(help_text="Tuboids, each at its first shot.")
    images = serializers.IntegerField(help_text="That were taken meanwhile: the effort.")


class NightSerializer(CaptureSerializer):
    night = serializers.DateField(help_text="The day on which it begins, at noon.")


class HourSerializer(CaptureSerializer):
    hour = serializers.IntegerField(help_text="0 to 23, its beginning.")


class ChoiceSerializer(serializers.Serializer):
    """What the numbers are of."""

    start = serializers.DateField()
    end = serializers.DateField()
    rank = serializers.CharField()
    labels = serializers.CharField()
    utc_offset = serializers.IntegerField(help_text="Hours that the clock of the nights is ahead of UTC.")


@extend_schema_serializer(many=False)  # of a list, it would be taken for an element
class NightsSerializer(ChoiceSerializer):
    results = NightSerializer(many=True)


@extend_schema_serializer(many=False)
class HoursSerializer(ChoiceSerializer):
    results = HourSerializer(many=True)


class ActivityViewSet(ResourceAccess, ViewSet):
    """Captures and images, counted: zeros are kept, so that captures / images is a rate."""

    @extend_schema(responses=NightsSerializer, parameters=_PARAMETERS)
    @action(detail=False)
    def nights(self, request: Request) -> Response:
        """A row a night, from noon to noon, and taxon."""
        choice = read_choice(request.query_params, caller(request))
        return _answer(choice, nightly(choice.selection), "night")

    @extend_schema(responses=HoursSerializer, parameters=_PARAMETERS)
    @action(detail=False)
    def hours(self, request: Request) -> Response:
        """A row an hour of the day and taxon, over all nights."""
        choice = read_choice(request.query_params, caller(request))
        return _answer(choice, hourly(choice.selection), "hour")


def _answer(choice: Choice, found: Captures, name: str) -> Response:
    results: list[dict[str, Any]] = [
        {name: key, "taxon": taxon, "captures": numbers.get(key, 0), "images": found.images.get(key, 0)}
        for key in found.keys
        for taxon, numbers in (found.taxa or {UNLABELLED: {}}).items()
    ]
    of = {name: choice.fields[name] for name in ("start", "end", "rank", "labels")}
    return Response({**of, "utc_offset": choice.selection.utc_offset, "results": results})
