"""What the REST resources share: access, formats, links to files."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import exceptions, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import BasicAuthentication, BearerAuthentication
from accounts.models import DeviceKey
from accounts.permissions import ResourceRole
from sticky_pi_api.core.arrow import schema_of
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.records import types_of
from stickypi.db.batches import ROWS, batches
from stickypi.http.operations import link_maker, refuse_large, stream_parts
from stickypi.http.pagination import KeysetPagination
from stickypi.http.tables import TABLE_RENDERERS, TableRenderer

_LARGE_ROWS = 100  # of up to megabytes


class ResourcePageRenderer(BrowsableAPIRenderer):
    """DRF's browsable API in the style of the site."""

    template = "api/resources.html"


class ResourceAccess(APIView):
    """Authentication and permissions of resources; people who have signed in to the admin may use them too.

    Attributes:
        actions_of_keys: what a device's key may do, which nothing else lets in.
    """

    actions_of_keys: Sequence[str] = ()
    authentication_classes = [BasicAuthentication, BearerAuthentication, SessionAuthentication]
    permission_classes = [ResourceRole]
    renderer_classes = [JSONRenderer, ResourcePageRenderer]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large(request)
        super().initial(request, *args, **kwargs)
        if isinstance(request.user, DeviceKey):  # which sees no page, whatever it accepts
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        """Redirects a browser that is not signed in to the sign-in page."""
        renderer = getattr(self.request, "accepted_renderer", None)
        if isinstance(exc, exceptions.NotAuthenticated) and isinstance(renderer, ResourcePageRenderer):
            return redirect_to_login(self.request.get_full_path(), "admin:login")
        return super().handle_exception(exc)


class ResourceViewSet(ResourceAccess, GenericViewSet):
    """Rows of one table. `ordering` must be unique, and that of an index."""

    filter_backends = [DjangoFilterBackend]
    pagination_class = KeysetPagination
    ordering: Sequence[str] = ("id",)

    @method_decorator(conditional_page)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answers 304 to who has the same already, by its ETag."""
        return super().dispatch(request, *args, **kwargs)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """With the fields of `?fields=` only, in answers to GET."""
        serializer: Any = super().get_serializer(*args, **kwargs)
        if self.request.method == "GET" and self.request.query_params.get("fields"):
            shown_fields = getattr(serializer, "child", serializer).fields
            for name in set(shown_fields) - set(self.read_fields(list(shown_fields))):
                del shown_fields[name]
        return serializer

    def read_fields(self, known: Sequence[str]) -> list[str]:
        """Those that `?fields=a,b` asks for; all by default."""
        text = self.request.query_params.get("fields", "")
        asked = [name.strip() for name in text.split(",") if name.strip()]
        if unknown := [name for name in asked if name not in known]:
            raise InvalidInput(f"fields={shown(text)}: there is no {shown(unknown[0])}, there are {', '.join(known)}")
        return [name for name in known if name in asked] if asked else list(known)

    @extend_schema(
        summary="Number of rows",
        responses=inline_serializer("Count", {"count": serializers.IntegerField()}),
        filters=True,
    )
    @action(detail=False, pagination_class=None)
    def count(self, request: Request) -> Response:
        """Of those that the filters find."""
        return Response({"count": self.filter_queryset(self.get_queryset()).count()})

    def get_serializer_context(self) -> dict[str, Any]:
        """With a link maker, which is made once for the request."""
        return {**super().get_serializer_context(), "link": link_maker(self.request)}


class TableViewSet(ListModelMixin, ResourceViewSet):
    """Rows that are also to be had as a whole table: see `stickypi.http.tables`.

    Attributes:
        row: the type of its rows, of `sticky_pi_api.core.records`.
        paths: column of the row -> path from the model.
        large: columns that are only in tables where `fields` names them.
        table_ordering: of the rows of a table.
    """

    renderer_classes = [JSONRenderer, ResourcePageRenderer, *TABLE_RENDERERS.values()]
    row: Any = None
    paths: Mapping[str, str] = MappingProxyType({})
    large: Sequence[str] = ()
    table_ordering: Sequence[str] = ()

    def get_renderers(self) -> Sequence[BaseRenderer]:  # type: ignore[override]
        """Of tables where there is one: a single row and a number are JSON."""
        renderers = super().get_renderers()
        if self.action in ("list", None):  # None: a method that is not allowed
            return renderers
        return [each for each in renderers if not isinstance(each, TableRenderer)]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """A page, or all rows that the filters find, as a table (Arrow, CSV, lines of JSON)."""
        renderer = request.accepted_renderer
        if not isinstance(renderer, TableRenderer):
            return super().list(request, *args, **kwargs)
        known = [name for name in types_of(self.row) if request.query_params.get("fields") or name not in self.large]
        schema = schema_of(self.row, self.read_fields(known))
        rows = self.filter_queryset(self.get_queryset()).order_by(*(self.table_ordering or self.ordering))
        has_large = any(name in self.large for name in schema.names)
        found = batches(rows, schema, paths=self.paths, size=_LARGE_ROWS if has_large else ROWS)
        parts = renderer.stream(schema, found)
        return stream_parts(parts, renderer.media_type)

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        if isinstance(getattr(self.request, "accepted_renderer", None), TableRenderer):
            self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), "application/json"
        return super().handle_exception(exc)


class FileLink(serializers.URLField):
    """A link to a file of a row, good for a plain GET for a day.

    Args:
        key: the storage key of the file of a row.
    """

    def __init__(self, key: Callable[[Any], str], **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)
        self.key = key

    def to_representation(self, row: Any) -> str:
        return str(self.context["link"](self.key(row)))
