"""Files of tuboids, by the name of the tuboid: an address that does not change is loaded once."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from desk.access import endpoint
from desk.mosaics import preview, tuboid_file
from desk.tuboid_access import VIEW_TUBOIDS
from sticky_pi_api.core.errors import InvalidInput, NotFound
from sticky_pi_api.core.tuboids import check_tuboid_id

_CACHED = {"Cache-Control": "private, max-age=604800, immutable"}
_READERS = {
    "preview": preview,
    "tuboid": lambda tuboid_id: tuboid_file(tuboid_id, "tuboid"),
    "context": lambda tuboid_id: tuboid_file(tuboid_id, "context"),
}


@require_safe
@endpoint(VIEW_TUBOIDS)
def picture_of_tuboid(request: HttpRequest, what: str, tuboid_id: str) -> HttpResponse:
    """The mosaic (`tuboid`), its first tiles (`preview`), or the card (`context`)."""
    if what not in _READERS:
        raise NotFound(f"a tuboid has no picture {what!r}")
    try:
        check_tuboid_id(tuboid_id)
    except InvalidInput as error:
        raise NotFound(error.detail) from error
    return HttpResponse(_READERS[what](tuboid_id), content_type="image/jpeg", headers=_CACHED)
