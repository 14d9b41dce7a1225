"""The gallery of tuboids."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from desk.common.labels import path_text, source_title, taxa_by_tuboid
from desk.common.projects import chosen_project, projects_to_choose
from desk.http import LABEL, VIEW_TUBOIDS, page, render_page
from desk.tuboids.filters import FIELDS, read_filters, read_position, write_position
from desk.tuboids.queries import gallery
from labels.agreement import sources
from sticky_pi_api.core.errors import InvalidInput

_STATUSES = {"unlabelled": "without any label", "unseen": "not labelled by people", "disputed": "labels disagree"}


@page(VIEW_TUBOIDS)
def gallery_page(request: HttpRequest) -> HttpResponse:
    known = sources()
    names = {str(source.pk): source_title(source) for source in known}
    people = {str(source.pk) for source in known if source.is_person}
    context = {
        "filters": {name: request.GET.get(name, "") for name in FIELDS},
        "is_filtered": any(request.GET.get(name) for name in FIELDS),
        "statuses": _STATUSES,
        "sources": {
            title: {pk: names[pk] for pk in names if (pk in people) == is_person}
            for title, is_person in (("People", True), ("Algorithms", False))
        },
        **projects_to_choose(request),
        "pair": _pair(request, names),
        "may_label": request.user.has_perm(LABEL),
    }
    try:
        context["project"] = project = chosen_project(request)
        context |= _page_context(request, project.pk if project else None)
    except InvalidInput as error:
        context["error"] = error.detail
    return render_page(request, "tuboids/tuboids.html", "Tuboids", context)


def _page_context(request: HttpRequest, project: int | None) -> dict[str, Any]:
    found = gallery(
        read_filters(request.GET, project),
        older=read_position(request.GET, "older"),
        newer=read_position(request.GET, "newer"),
    )
    taxa = taxa_by_tuboid(found.tuboids)
    return {
        "tuboids": [{"tuboid": tuboid, "taxa": taxa[tuboid.pk]} for tuboid in found.tuboids],
        "newer": write_position(found.newer),
        "older": write_position(found.older),
        "scanned_to": found.scanned_to,
    }


def _pair(request: HttpRequest, names: dict[str, str]) -> list[tuple[str, str]]:
    """The cell of the agreement that is shown: (source, its taxon) twice."""
    sides = [(request.GET.get(side, ""), request.GET.get(f"{side}_name", "")) for side in ("left", "right")]
    if not all(source for source, _ in sides):
        return []
    says = {"": "anything", "-": "nothing at this rank", "*": "something at this rank"}
    return [(names.get(source, "?"), says.get(path) or path_text(path)) for source, path in sides]
