"""Files of images by the name of the image: URLs that stay the same, so that browsers cache what they show.

The signed links of the operations change, and lead to another host where files are in a bucket.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from desk.http import VIEW_IMAGES, endpoint, jpeg_response
from desk.image.tiles import tile
from sticky_pi_api.core.errors import InvalidInput, NotFound
from sticky_pi_api.core.formats import parse_image_name
from sticky_pi_api.core.layout import IMAGE_SUFFIXES, image_key
from stickypi.storage import files

# What a browser shows in place of a picture: an <img> draws what comes with a 404, too.
_NOT_KEPT = """<svg xmlns="http://www.w3.org/2000/svg" width="512" height="384" viewBox="0 0 512 384">
<rect width="512" height="384" fill="#3d424b"/>
<text x="256" y="200" text-anchor="middle" font-family="sans-serif" font-size="44" fill="#c9ced6">image not kept</text>
</svg>"""


@require_safe
@endpoint(VIEW_IMAGES)
def picture(request: HttpRequest, what: str, name: str) -> HttpResponse:
    """An image or one of its thumbnails."""
    data = files().read(_key(name, what))
    if data is not None:
        return jpeg_response(data)
    if not request.headers.get("Accept", "").startswith("image/"):
        raise NotFound("the file of this image is not kept")
    return HttpResponse(_NOT_KEPT, status=404, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@require_safe
@endpoint(VIEW_IMAGES)
def image_tile(request: HttpRequest, level: int, column: int, row: int, name: str) -> HttpResponse:
    """A tile of an image."""
    return jpeg_response(tile(_key(name, "image"), level, column, row))


def _key(name: str, what: str) -> str:
    if what not in IMAGE_SUFFIXES:
        raise NotFound(f"there is no rendition {what!r}")
    try:
        return image_key(*parse_image_name(name), what)
    except InvalidInput as error:
        raise NotFound(error.detail) from error
