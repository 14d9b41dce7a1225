"""What the REST resources share: access, formats, links to files."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import BasicAuthentication, BearerAuthentication
from accounts.permissions import ResourceRole
from stickypi.http.operations import link_maker, refuse_large
from stickypi.http.pagination import KeysetPagination


class ResourcePageRenderer(BrowsableAPIRenderer):
    """DRF's browsable API in the style of the site."""

    template = "api/resources.html"


class ResourceAccess(APIView):
    """Authentication and permissions of resources; people who have signed in to the admin may use them too."""

    authentication_classes = [BasicAuthentication, BearerAuthentication, SessionAuthentication]
    permission_classes = [ResourceRole]
    renderer_classes = [JSONRenderer, ResourcePageRenderer]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large(request)
        super().initial(request, *args, **kwargs)

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

    def get_serializer_context(self) -> dict[str, Any]:
        """With a link maker, which is made once for the request."""
        return {**super().get_serializer_context(), "link": link_maker(self.request)}


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
