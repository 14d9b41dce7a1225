"""`GET /files/<key>`: files on disk by signed link. A proxy sends them, where there is one; else the server itself."""

from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from sticky_pi_api.core.errors import APIError
from stickypi.http.errors import NotFound, answer
from stickypi.http.ranges import FilePart, read_range
from stickypi.storage import DiskStorage, files, links
from stickypi.storage.stored import content_type


@require_safe
def download(request: HttpRequest, key: str) -> HttpResponseBase:
    """The file, or the requested range of it, if the link is valid."""
    try:
        links.check_download(key, request.GET.get("expires", ""), request.GET.get("signature", ""))
        return _answer(request, key)
    except APIError as error:
        return answer(error)


def _answer(request: HttpRequest, key: str) -> HttpResponseBase:
    storage = files()
    if not isinstance(storage, DiskStorage):  # a link from before the files moved to a bucket
        return HttpResponseRedirect(storage.link_maker("")(key))
    try:
        response = _sent_by_proxy(storage, key) if settings.ACCEL_REDIRECT else _sent_by_us(storage, key, request)
    except FileNotFoundError as error:
        raise NotFound("this file is not there any more") from error
    response["Content-Type"] = content_type(key)
    response["Content-Disposition"] = content_disposition_header(False, key.rpartition("/")[2]) or "inline"
    response["Cache-Control"] = f"private, max-age={links.LIFETIME}, immutable"
    # An SVG may hold a script: it is not to run as a page of ours.
    response["Content-Security-Policy"] = "sandbox"
    return response


def _sent_by_proxy(storage: DiskStorage, key: str) -> HttpResponse:
    if not storage.exists(key):
        raise FileNotFoundError(key)
    return HttpResponse(headers={"X-Accel-Redirect": settings.ACCEL_REDIRECT + quote(key)})


def _sent_by_us(storage: DiskStorage, key: str, request: HttpRequest) -> FileResponse:
    file = storage.open(key)
    size = file.size
    span = read_range(_range_header(request), size)
    response = FileResponse(FilePart(file, *span) if span else file)
    response.block_size = 1 << 18
    if span:
        start, stop = span
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        response["Content-Length"] = str(stop - start)
    response["Accept-Ranges"] = "bytes"
    return response


def _range_header(request: HttpRequest) -> str | None:
    # What If-Range compares with is not told: whoever asks with it gets the whole file.
    return None if "If-Range" in request.headers else request.headers.get("Range")
