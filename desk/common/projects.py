"""The filter by project that lists have, `?project=3`, and what its choices are."""

from typing import Any

from django.http import HttpRequest

from projects import queries
from projects.models import Project


def projects_to_choose(request: HttpRequest) -> dict[str, Any]:
    """What `common/project_select.html` shows."""
    return {"projects": queries.listed(request.user)}  # type: ignore[arg-type]


def chosen_project(request: HttpRequest) -> Project | None:
    """The project that the URL names, None where it names none. Raises InvalidInput: see `queries.chosen`."""
    value = request.GET.get("project", "")
    return queries.chosen(request.user, value) if value else None  # type: ignore[arg-type]
