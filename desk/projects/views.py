"""The projects that a user may read; a new one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from desk.http import VIEW_PROJECTS, page, render_page
from desk.project.access import caller, sentence
from projects import queries
from projects.models import Project
from projects.services import projects_create
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.projects import new_projects

_PER_PAGE = 50
_FIELDS = ("name", "description", "notes")


@require_http_methods(["GET", "POST"])
@page(VIEW_PROJECTS)
def projects_page(request: HttpRequest) -> HttpResponse:
    """The list; POST makes a project and opens it."""
    may_add = caller(request).can_write or caller(request).is_admin
    entered = {name: request.POST.get(name, "").strip() for name in _FIELDS}
    if request.method == "POST" and may_add:
        try:
            [made] = projects_create(new_projects=new_projects([entered]), user=caller(request))
        except InvalidInput as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, f"{made['name']} is there: store its deployments now.")
            return redirect("desk:project", made["id"])
    query = request.GET.get("q", "").strip()
    found = Paginator(_found(request, query), _PER_PAGE).get_page(request.GET.get("page"))
    levels = queries.levels(caller(request), [project.pk for project in found])
    context: dict[str, Any] = {
        "query": query,
        "rows": found,
        "found": [{"project": project, "level": queries.level_name(levels.get(project.pk, 0))} for project in found],
        "entered": entered,
        "may_add": may_add,
        "is_new_open": request.method == "POST" or not (query or found.paginator.count),
    }
    return render_page(request, "projects/projects.html", "Projects", context)


def _found(request: HttpRequest, query: str) -> Any:
    found = queries.readable(caller(request)).order_by("-pk")
    if query:
        found = found.filter(name__icontains=query) | found.filter(description__icontains=query)
    ids = found.values("pk")
    return (
        Project.objects.filter(pk__in=ids)
        .order_by("-pk")
        .annotate(
            n_deployments=Count("deployments"),
            n_traps=Count("deployments__device", distinct=True),
            start=Min("deployments__start_datetime"),
            end=Max("deployments__end_datetime"),
        )
    )
