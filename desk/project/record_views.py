"""The record of a project's deployments, and its traps on the map."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.fleet.map import Place, draw
from desk.fleet.queries import PER_DAY, list_traps
from desk.http import VIEW_IMAGES, VIEW_PROJECTS, page, render_page
from desk.project.access import open_project
from desk.project.record import project_record
from projects import queries
from projects.models import Deployment

_PER_PAGE = 200


@require_safe
@page(VIEW_PROJECTS, VIEW_IMAGES)
def record_page(request: HttpRequest, pk: int) -> HttpResponse:
    opened, now = open_project(request, pk), timezone.now()
    found = Deployment.objects.filter(parent_project=pk).order_by("device", "start_datetime", "pk")
    rows = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    shown = [queries.record_of(deployment) for deployment in rows]
    traps = list_traps(now=now, project=pk)
    context = {
        **opened.context("project_record"),
        "rows": rows,
        "record": project_record(shown, now=now.replace(tzinfo=None)),
        "per_day": PER_DAY,
        "map": draw(Place(trap.last.device, trap.status, trap.last.coordinates) for trap in traps),
    }
    return render_page(request, "project/record.html", opened.project.name, context)
