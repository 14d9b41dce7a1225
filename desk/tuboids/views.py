"""The gallery of tuboids."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from desk.common.labels import chips, source_text
from desk.http import LABEL, VIEW_TUBOIDS, page, render_page
from desk.tuboids.filters import FIELDS, read_position, read_wanted, write_position
from desk.tuboids.queries import Page, gallery, latest_labels_of
from labels.agreement import sources
from sticky_pi_api.core.errors import InvalidInput

_STATUSES = {"unlabelled": "without any label", "unseen": "not labelled by people", "disputed": "labels disagree"}


@page(VIEW_TUBOIDS)
def gallery_page(request: HttpRequest) -> HttpResponse:
    """The page."""
    known = sources()
    names = {str(source.pk): source_text(source) for source in known}
    context = {
        "filters": {name: request.GET.get(name, "") for name in FIELDS},
        "is_filtered": any(request.GET.get(name) for name in FIELDS),
        "statuses": _STATUSES,
        "sources": names,
        "pair": _pair(request, names),
        "may_label": request.user.has_perm(LABEL),
    }
    try:
        context |= _shown(request)
    except InvalidInput as error:
        context["error"] = error.detail
    return render_page(request, "tuboids/tuboids.html", "Tuboids", context)


def _shown(request: HttpRequest) -> dict[str, Any]:
    found: Page = gallery(
        read_wanted(request.GET), older=read_position(request.GET, "older"), newer=read_position(request.GET, "newer")
    )
    said = latest_labels_of(found.tuboids)
    return {
        "tuboids": [{"tuboid": tuboid, "chips": chips(said[tuboid.pk])} for tuboid in found.tuboids],
        "newer": write_position(found.newer),
        "older": write_position(found.older),
        "walked_to": found.walked_to,
    }


def _pair(request: HttpRequest, names: dict[str, str]) -> list[tuple[str, str]]:
    """The cell of the agreement that is shown: (source, what it says) twice."""
    sides = [(request.GET.get(side, ""), request.GET.get(f"{side}_name", "")) for side in ("left", "right")]
    if not all(source for source, _ in sides):
        return []
    return [(names.get(source, "?"), "nothing at this rank" if name == "-" else name) for source, name in sides]
