"""A project's columns, its members, and what it is called: forms, each with the level that it takes."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.models import User
from desk.http import VIEW_PROJECTS, page, render_page
from desk.project.access import caller, open_project, sentence
from projects import queries, services
from projects.imports import TYPES
from projects.models import ProjectPermission
from sticky_pi_api.core.errors import APIError, InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.project_columns import column_changes, named_columns
from sticky_pi_api.core.projects import grants, new_projects

_FIELDS = ("name", "description", "notes")

Action = Callable[[QueryDict, int, User], str]  # does what a form asks, and says what it did


def _act(request: HttpRequest, pk: int, actions: dict[str, Action]) -> bool:
    """Does what the button of a form says, and tells of it. Whether it was done."""
    try:
        action = actions.get(request.POST.get("action", ""))
        if action is None:
            raise InvalidInput("the form says nothing that this page does: load it again")
        messages.success(request, action(request.POST, pk, caller(request)))
    except APIError as error:
        messages.error(request, sentence(error))
        return False
    return True


@require_http_methods(["GET", "POST"])
@page(VIEW_PROJECTS)
def columns_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The columns that the project has of its own; POST adds, changes and deletes one."""
    opened = open_project(request, pk)
    if request.method == "POST" and _act(request, pk, _COLUMN_ACTIONS):
        return redirect("desk:project_columns", pk)
    columns = queries.columns([pk])[pk]
    used = queries.count_values(pk, columns)
    context = {
        **opened.context("project_columns"),
        "columns": [{"column": column, "n_values": used[column.name]} for column in columns],
        "types": [(name, _TYPE_TITLES[name]) for name in TYPES],
        "entered": request.POST if request.POST.get("action") == "add" else {},
    }
    return render_page(request, "project/columns.html", opened.project.name, context)


_TYPE_TITLES = {
    "TEXT": "text",
    "INTEGER": "whole number",
    "REAL": "number",
    "BOOLEAN": "yes or no",
    "DATETIME": "date and time, UTC",
}


def _add_column(form: QueryDict, pk: int, user: User) -> str:
    element = {"project_id": pk, "column_name": form.get("name", "").strip(), "column_SQL_type": form.get("type")}
    [made] = services.columns_put(changes=column_changes([element]), user=user)
    return f"The column {made['column_name']} was added."


def _change_column(form: QueryDict, pk: int, user: User) -> str:
    name, new_name = form.get("column", ""), form.get("name", "").strip()
    element = {"project_id": pk, "old_column_name": name, "column_name": new_name, "column_SQL_type": form.get("type")}
    [changed] = services.columns_put(changes=column_changes([element]), user=user)
    return f"The column {changed['column_name']} was changed."


def _delete_column(form: QueryDict, pk: int, user: User) -> str:
    element = {"project_id": pk, "column_name": form.get("column")}
    services.columns_delete(named=named_columns([element]), user=user)
    return f"The column {element['column_name']} and its values were deleted."


_COLUMN_ACTIONS: dict[str, Action] = {"add": _add_column, "change": _change_column, "delete": _delete_column}


@require_http_methods(["GET", "POST"])
@page(VIEW_PROJECTS)
def members_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may do what in the project; POST gives, changes and takes away a level."""
    opened = open_project(request, pk)
    if request.method == "POST" and _act(request, pk, {"grant": _grant}):
        still_there = queries.levels(caller(request), [pk])
        return redirect("desk:project_members", pk) if still_there else redirect("desk:projects")
    context = {
        **opened.context("project_members"),
        "members": ProjectPermission.objects.filter(parent_project=pk).select_related("parent_user").order_by("id"),
        "levels": ProjectPermission.LEVELS,
        "entered": request.POST.get("username", ""),
    }
    return render_page(request, "project/members.html", opened.project.name, context)


def _grant(form: QueryDict, pk: int, user: User) -> str:
    name, level = form.get("username", "").strip().lower(), form.get("level", "")
    member = User.objects.filter(username=name, is_active=True).first()
    # Who is no administrator of the project is not told which users there are.
    given = grants([{"project_id": pk, "user_id": member.pk if member else 2**31 - 1, "level": _number(level)}])
    try:
        services.permissions_put(grants=given, user=user)
    except InvalidInput as error:
        raise InvalidInput(f"there is no user called {shown(name)}") if member is None else error from error
    return f"{name} is no member any more." if level == "0" else f"{name} may {_MAY[level]}."


_MAY = {"1": "read", "2": "read and write", "3": "read, write and administer"}


def _number(text: str) -> int | str:
    return int(text) if text in ("0", *_MAY) else text


@require_http_methods(["GET", "POST"])
@page(VIEW_PROJECTS)
def settings_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What the project is called; POST changes it, or deletes the project."""
    opened = open_project(request, pk)
    if request.method == "POST" and _act(request, pk, {"change": _change_project, "delete": _delete_project}):
        is_deleted = request.POST["action"] == "delete"
        return redirect("desk:projects") if is_deleted else redirect("desk:project_settings", pk)
    project = opened.project
    stored = {name: getattr(project, name) or "" for name in _FIELDS}
    context = {
        **opened.context("project_settings"),
        "entered": request.POST if request.POST.get("action") == "change" else stored,
        "n_deployments": project.deployments.count(),
    }
    return render_page(request, "project/settings.html", project.name, context)


def _change_project(form: QueryDict, pk: int, user: User) -> str:
    [new] = new_projects([{name: form.get(name, "").strip() for name in _FIELDS}])
    services.project_change(project=pk, new=new, user=user)
    return "Saved."


def _delete_project(form: QueryDict, pk: int, user: User) -> str:
    name = queries.readable(user).values_list("name", flat=True).get(pk=pk)
    if form.get("confirmed", "").strip() != name:
        raise InvalidInput("the name that you typed is not that of the project: it was not deleted")
    if not services.projects_delete(filters=[{"id": str(pk)}], user=user):
        raise InvalidInput("this takes level 3 in the project: it was not deleted")
    return f"{name} was deleted with its deployments."
