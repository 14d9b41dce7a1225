"""Who may see the desk, and what a browser gets where something is wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from sticky_pi_api.core.errors import APIError, NotAuthenticated, PermissionDenied, Unavailable
from stickypi.http.errors import answer

View = Callable[..., HttpResponseBase]

VIEW, ANNOTATE = "images.view_image", "annotations.add_uidannotation"


def page(view: View) -> View:
    """A page of the admin: who is not logged in goes to the login, who may not see images gets a 403."""
    return admin.site.admin_view(permission_required(VIEW, raise_exception=True)(view))


def endpoint(*permissions: str) -> Callable[[View], View]:
    """What a page's script asks for: errors are the contract's JSON, also a session that has ended."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer_or_error(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                _check(request, permissions)
                return view(request, *args, **kwargs)
            except APIError as error:
                return _without_challenge(answer(error))
            except (OperationalError, InterfaceError):
                return answer(Unavailable("the database is unavailable: try again later"))

        return answer_or_error

    return decorate


def _check(request: HttpRequest, permissions: tuple[str, ...]) -> None:
    if not request.user.is_authenticated:
        raise NotAuthenticated("your session has ended: log in again")
    if not request.user.has_perms(permissions):
        raise PermissionDenied(f"this takes the permission {' and '.join(permissions)}")


def _without_challenge(response: HttpResponse) -> HttpResponse:
    """A browser would open its own login box."""
    response.headers.pop("WWW-Authenticate", None)
    return response
