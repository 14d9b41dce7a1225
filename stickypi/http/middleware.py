"""Middleware of our own."""

import contextlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, UnreadablePostError

_CHUNK = 1 << 16
_MOST = 100_000_000


def drain_body(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Reads what an error left of the request's body: a client that still sends would see a reset, not the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code >= 400:
            with contextlib.suppress(UnreadablePostError):
                _drain(request)
        return response

    return middleware


def _drain(request: HttpRequest) -> None:
    left = _MOST
    while left > 0 and (chunk := request.read(_CHUNK)):
        left -= len(chunk)
