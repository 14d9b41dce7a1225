"""Views of the wiring: files on disk by signed link."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sticky_pi_api.core.errors import APIError
from stickypi import links
from stickypi.errors import NotFound, answer
from stickypi.storage import files


@require_safe
def download(request: HttpRequest, key: str) -> FileResponse | HttpResponse:
    """`GET /files/<key>`: the file, if the link is one of ours and still good."""
    try:
        links.check(key, request.GET.get("expires", ""), request.GET.get("signature", ""))
        return _file(key)
    except APIError as error:
        return answer(error)


def _file(key: str) -> FileResponse:
    try:
        file = files().open(key)
    except FileNotFoundError as error:
        raise NotFound("this file is not there any more") from error
    # Thumbnails do not end in .jpg.
    kind = "image/jpeg" if ".jpg" in key.rpartition("/")[2] else None
    response = FileResponse(file, content_type=kind)
    response["Cache-Control"] = f"private, max-age={links.LIFETIME}, immutable"
    return response
