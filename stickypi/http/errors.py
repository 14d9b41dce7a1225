"""Every error of a request as the contract's JSON: `{"detail": ..., "code": ...}`, never a traceback."""

import logging
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string
from rest_framework import exceptions

from sticky_pi_api.core.errors import (
    APIError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Throttled,
    TooLarge,
    Unavailable,
    error_of,
)
from stickypi.db.errors import as_unavailable

logger = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds
CHALLENGE = 'Basic realm="Sticky Pi", charset="UTF-8"'


def answer_exception(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None for bugs, which are raised on and logged."""
    known = as_api_error(error)
    if known is None:
        return None
    if isinstance(known, Unavailable):
        logger.warning("%s: %s (%r)", known.code, known.detail, error.__cause__ or error)
    return answer(known)


def answer(error: APIError) -> JsonResponse:
    """The answer that says this error."""
    response = JsonResponse(error.to_wire(), status=error.status)
    if isinstance(error, Unavailable | Throttled):
        response.headers["Retry-After"] = str(error.retry_after or RETRY_AFTER)
    if isinstance(error, NotAuthenticated):
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def as_api_error(error: Exception) -> APIError | None:
    """The contract's error for what an operation may raise; None for bugs."""
    match error:
        case APIError():
            return error
        case exceptions.APIException():
            return _from_drf(error)
        case RequestDataTooBig():
            return TooLarge("the body is larger than the server takes in one request")
        case TooManyFilesSent():
            return TooLarge(
                f"more parts than a request may have (at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files)"
            )
        case TooManyFieldsSent():
            return TooLarge(f"more fields than a request may have (at most {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS})")
        case SuspiciousOperation() | UnreadablePostError():
            return InvalidInput(f"the request cannot be read: {error}")
        case Http404():
            return NotFound("not found")
        case DjangoPermissionDenied():
            return PermissionDenied("not allowed")
        case DatabaseError():
            return as_unavailable(error)
    return None


def _from_drf(error: exceptions.APIException) -> APIError:
    return error_of(error.status_code, _sentence(error.detail))


def _sentence(detail: Any) -> str:
    """DRF's details, which may be by field, as one text: `'start': not a datetime; 'page': a number is required`."""
    match detail:
        case dict():
            return "; ".join(_of_field(name, value) for name, value in detail.items())
        case list() | tuple():
            return "; ".join(_sentence(each) for each in detail)
    return str(detail)


def _of_field(name: str, detail: Any) -> str:
    text = _sentence(detail)
    return text if name == "non_field_errors" else f"{name!r}: {text}"


def _is_page(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if _is_page(request):
        return error_page(400, "The request cannot be read", "The server could not make sense of what was sent.")
    return answer(as_api_error(exception) or InvalidInput("the request cannot be read"))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if _is_page(request):
        text = "Your account lacks a permission for this page. An administrator can give it to you."
        return error_page(403, "You may not see this page", text)
    return answer(PermissionDenied("not allowed"))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if _is_page(request):
        return error_page(404, "There is nothing here", f"No page of this site has the address {request.path}.")
    return answer(
        NotFound(
            f"there is nothing at {request.path!r}: operations are POST /<operation>, resources are under /api/",
            code="unknown_operation",
        )
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a part that is away, or a bug. Django has logged it with its traceback."""
    error = sys.exception()
    known = as_api_error(error) if isinstance(error, Exception) else None
    if _is_page(request):
        if isinstance(known, Unavailable):
            return _unavailable_page(known)
        return error_page(500, "An error of the server", "It has been logged. Nothing was changed.", retry=True)
    if known is not None:
        return answer(known)
    return JsonResponse({"detail": "an error of the server, which has been logged", "code": "error"}, status=500)


def _unavailable_page(error: Unavailable) -> HttpResponse:
    what = error.detail[:1].upper() + error.detail[1:]
    text = f"{what}. Nothing was changed. Try again in {RETRY_AFTER} seconds or more."
    response = error_page(503, "Sticky Pi is unavailable just now", text, retry=True)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def error_page(status: int, title: str, text: str, *, retry: bool = False) -> HttpResponse:
    """A page that says what is wrong; with `retry`, it offers to try again. It asks nothing of the database."""
    page = render_to_string("error.html", {"status": status, "title": title, "text": text, "retry": retry})
    return HttpResponse(page, status=status)
