"""Work as a resource: items leased to workers, how far each task is, and what matchers have done."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ViewSet

from accounts.authentication import caller
from accounts.models import User
from api.images import ImageSerializer
from api.resources import ResourceAccess, ResourceViewSet
from api.tuboids import TuboidSerializer
from images.models import Image
from projects.queries import stays
from sticky_pi_api.core.info import Series
from sticky_pi_api.core.work import (
    IMAGES,
    LONGEST,
    SHORTEST,
    TUBOIDS,
    USUAL,
    Asked,
    narrowed,
    parse_asked,
    parse_held,
    parse_matched,
)
from stickypi.http.operations import link_maker
from tuboids.models import TiledTuboid
from work import queries, services
from work.filters import MatchedSeriesFilters
from work.models import MatchedSeries
from work.taking import Taken, items_take


class AskedSerializer(serializers.Serializer):
    """What a worker asks for."""

    algo_name = serializers.CharField()
    algo_version = serializers.CharField()
    device = serializers.CharField(required=False, help_text="LIKE pattern; all if left out.")
    start_datetime = serializers.CharField(required=False, help_text="UTC.")
    end_datetime = serializers.CharField(required=False, help_text="UTC, not included.")
    project = serializers.IntegerField(required=False, help_text="Only where and while its deployments lasted.")
    n = serializers.IntegerField(required=False, help_text="At most that many items: 1 to 1,000, 1 if left out.")
    seconds = serializers.IntegerField(
        required=False, help_text=f"How long they are held: {SHORTEST} to {LONGEST}, {USUAL} if left out."
    )
    worker = serializers.CharField(required=False, help_text="Which one of the user's, to be shown.")


class LeaseSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Of the lease: for what is done with it, and in what is put.")
    expires = serializers.DateTimeField(help_text="When others get what is not done until then.")
    held = serializers.IntegerField(help_text="How many more others hold, where there were fewer open than asked for.")


class ImagesLeaseSerializer(LeaseSerializer):
    items = ImageSerializer(many=True)


class TuboidsLeaseSerializer(LeaseSerializer):
    items = TuboidSerializer(many=True)


class HeldSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Of the lease.")
    items = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Ids; all of the lease if left out."
    )


class ExtendSerializer(HeldSerializer):
    seconds = serializers.IntegerField(required=False, help_text=f"From now: {SHORTEST} to {LONGEST}.")


class FailSerializer(HeldSerializer):
    reason = serializers.CharField(help_text="Shown on the desk.")


class StillHeldSerializer(serializers.Serializer):
    items = serializers.ListField(child=serializers.IntegerField(), help_text="That the worker still had.")
    lost = serializers.ListField(child=serializers.IntegerField(), help_text="Of those asked about: not any more.")


class ExtendedSerializer(StillHeldSerializer):
    expires = serializers.DateTimeField()


class FailedSerializer(StillHeldSerializer):
    set_aside = serializers.ListField(child=serializers.IntegerField(), help_text="That failed too often.")


class ProgressSerializer(serializers.Serializer):
    kind = serializers.CharField(source="task.kind", help_text="images or tuboids.")
    algo_name = serializers.CharField(source="task.algo_name")
    algo_version = serializers.CharField(source="task.algo_version")
    open = serializers.IntegerField(source="n_open", help_text="Of all that are stored.")
    held = serializers.IntegerField(source="n_held")
    done = serializers.IntegerField(source="n_done")
    failed = serializers.IntegerField(source="n_failed", help_text="Set aside.")
    per_hour = serializers.IntegerField(help_text="Speed in the last hour.")
    seconds_left = serializers.IntegerField(allow_null=True, help_text="At that speed, for what is open and held.")


class MatchedSeriesSerializer(serializers.ModelSerializer):
    href = serializers.HyperlinkedIdentityField(view_name="matched-series-detail")

    class Meta:
        model = MatchedSeries
        fields = ["href", "id", "device", "start_datetime", "end_datetime", "algo_name", "algo_version"]
        fields += ["n_images", "n_tuboids", "done_at", "api_user"]
        read_only_fields = fields


class NewMatchedSeriesSerializer(serializers.Serializer):
    """A series that a matcher has been through; `n_tuboids` is 0 where it found none."""

    device = serializers.CharField()
    start_datetime = serializers.CharField(help_text="UTC.")
    end_datetime = serializers.CharField(help_text="UTC.")
    algo_name = serializers.CharField()
    algo_version = serializers.CharField()
    n_images = serializers.IntegerField()
    n_tuboids = serializers.IntegerField()


class WorkViewSet(ResourceAccess, ViewSet):
    """What detectors and classifiers have before them: leased, so that no two do the same."""

    parser_classes = [JSONParser]

    @extend_schema(responses=ProgressSerializer(many=True))
    def list(self, request: Request) -> Response:
        """How far each version of an algorithm is that has asked for work."""
        return Response(ProgressSerializer(queries.progress(), many=True).data)

    @extend_schema(request=AskedSerializer, responses=ImagesLeaseSerializer, summary="Lease images to annotate")
    @action(detail=False, methods=["post"])
    def images(self, request: Request) -> Response:
        """Those that this version of the algorithm has not annotated, and that nobody holds."""
        taken = _take(IMAGES, request)
        rows = Image.objects.filter(pk__in=taken.items).order_by("pk")
        return Response(ImagesLeaseSerializer(_lease(taken, rows), context=_context(request)).data)

    @extend_schema(request=AskedSerializer, responses=TuboidsLeaseSerializer, summary="Lease tuboids to label")
    @action(detail=False, methods=["post"])
    def tuboids(self, request: Request) -> Response:
        """Those that this version of the algorithm has not labelled, and that nobody holds."""
        taken = _take(TUBOIDS, request)
        rows = TiledTuboid.objects.filter(pk__in=taken.items).select_related("parent_series").order_by("pk")
        return Response(TuboidsLeaseSerializer(_lease(taken, rows), context=_context(request)).data)

    @extend_schema(request=ExtendSerializer, responses=ExtendedSerializer, summary="Keep a lease longer")
    @action(detail=False, methods=["post"])
    def extend(self, request: Request) -> Response:
        """Also one that is overdue, as long as nobody else has got its items."""
        held = parse_held(request.data)
        items, ends = services.leases_extend(held=held)
        return Response(ExtendedSerializer({**_still(held.items, items), "expires": ends}).data)

    @extend_schema(request=HeldSerializer, responses=StillHeldSerializer, summary="Give items back")
    @action(detail=False, methods=["post"], url_path="return")
    def give_back(self, request: Request) -> Response:
        """Others get them at once."""
        held = parse_held(request.data)
        return Response(StillHeldSerializer(_still(held.items, services.leases_return(held=held))).data)

    @extend_schema(request=FailSerializer, responses=FailedSerializer, summary="Say that items cannot be done")
    @action(detail=False, methods=["post"])
    def fail(self, request: Request) -> Response:
        """Others try; after three failures an item is set aside."""
        held = parse_held(request.data, with_reason=True)
        items, aside = services.leases_fail(held=held)
        return Response(FailedSerializer({**_still(held.items, items), "set_aside": aside}).data)


class MatchedSeriesViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """Ranges of a device's images that a matcher has been through, also where it found nothing."""

    queryset = MatchedSeries.objects.all()
    parser_classes = [JSONParser]
    filterset_class = MatchedSeriesFilters
    ordering = ("device", "start_datetime", "end_datetime", "algo_name", "algo_version")

    def get_serializer_class(self) -> type[Any]:
        return NewMatchedSeriesSerializer if self.action == "create" else MatchedSeriesSerializer

    @extend_schema(responses={201: MatchedSeriesSerializer}, summary="Note that a matcher has been through a series")
    def create(self, request: Request) -> Response:
        """Again: the last time counts."""
        stored = services.matched_series_put(series=parse_matched(request.data), user=caller(request))
        row = MatchedSeriesSerializer(stored, context=self.get_serializer_context()).data
        headers = {"Location": reverse("matched-series-detail", [stored.pk], request=request)}
        return Response(row, status.HTTP_201_CREATED, headers=headers)


def _take(kind: str, request: Request) -> Taken:
    asked, user = parse_asked(request.data), caller(request)
    return items_take(kind=kind, asked=asked, series=_series(asked, user), user=user)


def _series(asked: Asked, user: User) -> list[Series]:
    return [asked.series] if asked.project is None else narrowed(asked, stays(user, asked.project))


def _context(request: Request) -> dict[str, Any]:
    return {"request": request, "link": link_maker(request)}


def _lease(taken: Taken, rows: Any) -> dict[str, Any]:
    return {"token": taken.token, "expires": taken.ends, "held": taken.n_held, "items": rows}


def _still(asked: Any, items: list[int]) -> dict[str, list[int]]:
    return {"items": items, "lost": sorted(set(asked or ()) - set(items))}
