"""Middleware: errors of uploads reach their clients; pages are compressed."""

import contextlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_CHUNK = 1 << 16  # bytes
_MAX_DRAINED = 100_000_000  # bytes


def drain_body(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Reads the rest of the body after an error: a client that still sends would see a reset instead of the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code >= 400:
            with contextlib.suppress(UnreadablePostError):
                _drain(request)
        return response

    return middleware


def _drain(request: HttpRequest) -> None:
    left = _MAX_DRAINED
    while left > 0 and (chunk := request.read(_CHUNK)):
        left -= len(chunk)


class PageGZipMiddleware(GZipMiddleware):
    """Compresses pages: a list of a hundred rows has 200 kB. Data for programs and files are left as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response
