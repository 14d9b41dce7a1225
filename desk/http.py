"""What every page of the desk does: who may see it, how it is drawn, and the JSON that its script asks for."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

import orjson
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts.models import User
from sticky_pi_api.core.errors import APIError, InvalidInput, NotAuthenticated, PermissionDenied, Unavailable
from sticky_pi_api.core.formats import shown
from stickypi.http.errors import answer

View = Callable[..., HttpResponseBase]

VIEW_IMAGES, ANNOTATE = "images.view_image", "annotations.add_uidannotation"
VIEW_PROJECTS = "projects.view_project"
MAKE_KEYS = "accounts.add_devicekey"
VIEW_ANNOTATIONS = "annotations.view_uidannotation"
VIEW_TUBOIDS, LABEL, IMPORT_TAXA = "tuboids.view_tiledtuboid", "labels.add_itclabel", "labels.change_taxon"


def page(*permissions: str) -> Callable[[View], View]:
    """A page of the admin: who is not logged in goes to the login, who lacks a permission gets a 403."""
    return lambda view: admin.site.admin_view(permission_required(permissions, raise_exception=True)(view))


def render_page(request: HttpRequest, template: str, title: str, context: Mapping[str, Any]) -> HttpResponse:
    """A page that fills the width of the window, with the admin's header and sidebar."""
    page_context = {**admin.site.each_context(request), "title": title, "is_fullwidth": "1", **context}
    return render(request, template, page_context)


def user_of(request: HttpRequest) -> User:
    """The user of a request to a page, which nobody else sees."""
    return cast(User, request.user)


def endpoint(*permissions: str) -> Callable[[View], View]:
    """What a page's script asks for: errors are the contract's JSON, also a session that has ended."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer_or_error(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                _check(request, permissions)
                return view(request, *args, **kwargs)
            except APIError as error:
                response = answer(error)
                response.headers.pop("WWW-Authenticate", None)  # a browser would open its own login box
                return response
            except (OperationalError, InterfaceError):
                return answer(Unavailable("the database is unavailable: try again later"))

        return answer_or_error

    return decorate


def _check(request: HttpRequest, permissions: tuple[str, ...]) -> None:
    if not request.user.is_authenticated:
        raise NotAuthenticated("your session has ended: log in again")
    if not request.user.has_perms(permissions):
        raise PermissionDenied(f"this takes the permission {' and '.join(permissions)}")


def read_number(request: HttpRequest, name: str, *, low: int, high: int, default: int | None = None) -> int:
    """A whole number of the query, from `low` to `high`.

    Raises InvalidInput for anything else; without a default, also where it is missing.
    """
    value = request.GET.get(name)
    if value is None and default is not None:
        return default
    try:
        number = int(value or "")
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise InvalidInput(f"{name}={shown(value)}: it takes a whole number from {low} to {high}")
    return number


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body; an empty body is an empty object."""
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON: {error}", code="not_json") from error
    if not isinstance(body, dict):
        raise InvalidInput(f"{shown(body)} is not an object")
    return body


def read_id(body: Mapping[str, Any], name: str) -> int:
    """The id of a row, from the JSON object of a body."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise InvalidInput(f"{name!r} is {shown(value)}: it takes the id of a {name}")
    return value


def json_response(value: Any, *, status: int = 200) -> HttpResponse:
    """JSON that browsers do not cache."""
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(orjson.dumps(value), content_type="application/json", headers=headers, status=status)


def jpeg_response(data: bytes) -> HttpResponse:
    """A picture whose URL never shows another one: browsers load it once."""
    headers = {"Cache-Control": "private, max-age=604800, immutable"}
    return HttpResponse(data, content_type="image/jpeg", headers=headers)
