"""Downloads of files on disk by signed link."""

from django.core.files import File
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sticky_pi_api.core.errors import APIError
from stickypi.http.errors import NotFound, answer
from stickypi.http.ranges import FilePart, read_range
from stickypi.storage import files, links
from stickypi.storage.stored import content_type


@require_safe
def download(request: HttpRequest, key: str) -> FileResponse | HttpResponse:
    """`GET /files/<key>`: the file, or the requested range of it, if the link is valid."""
    try:
        links.check_download(key, request.GET.get("expires", ""), request.GET.get("signature", ""))
        return _answer(_open(key), key, _range_header(request))
    except APIError as error:
        return answer(error)


def _range_header(request: HttpRequest) -> str | None:
    # What If-Range compares with is not told: whoever asks with it gets the whole file.
    return None if "If-Range" in request.headers else request.headers.get("Range")


def _open(key: str) -> File:
    try:
        return files().open(key)
    except FileNotFoundError as error:
        raise NotFound("this file is not there any more") from error


def _answer(file: File, key: str, header: str | None) -> FileResponse:
    size = file.size
    span = read_range(header, size)
    content = FilePart(file, *span) if span else file
    response = FileResponse(content, filename=key.rpartition("/")[2], content_type=content_type(key))
    response.block_size = 1 << 18
    if span:
        start, stop = span
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        response["Content-Length"] = str(stop - start)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"private, max-age={links.LIFETIME}, immutable"
    # An SVG may hold a script: it is not to run as a page of ours.
    response["Content-Security-Policy"] = "sandbox"
    return response
