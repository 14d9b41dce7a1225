"""A project: its deployments as a table to edit, and as files."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from desk.http import VIEW_PROJECTS, endpoint, json_response, page, read_json, render_page
from desk.project.access import Opened, caller, open_project
from desk.project.edits import read_edits, shown_row
from projects import queries
from projects.deployment_files import write_sheet, write_template
from projects.models import Deployment
from projects.services import deployments_edit
from sticky_pi_api.core.deployments import deployment_row
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.like import check_pattern
from sticky_pi_api.core.project_columns import Column

_PER_PAGE = 200


@require_safe
@page(VIEW_PROJECTS)
def deployments_page(request: HttpRequest, pk: int) -> HttpResponse:
    opened = open_project(request, pk)
    query, error = request.GET.get("q", "").strip(), ""
    found = Deployment.objects.filter(parent_project=pk).order_by("device", "start_datetime", "pk")
    try:
        found = found.filter(device__like=_pattern(query)) if query else found
    except InvalidInput as refused:
        found, error = found.none(), refused.detail
    rows = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    columns = queries.columns([pk])[pk]
    context = {
        **opened.context("project"),
        "query": query,
        "error": error,
        "rows": rows,
        "columns": columns,
        "deployments": [shown_row(deployment_row(queries.record_of(row), columns), columns) for row in rows],
        "blank": shown_row({}, columns),
        "configuration": _configuration(opened, columns),
    }
    return render_page(request, "project/project.html", opened.project.name, context)


def _pattern(query: str) -> str:
    pattern = check_pattern(query)
    return pattern if {"%", "_"} & set(pattern) else f"{pattern}%"


def _configuration(opened: Opened, columns: list[Column]) -> dict[str, Any]:
    return {
        "save": reverse("desk:project_save", args=[opened.project.pk]),
        "login": reverse("admin:login"),
        "columns": [column.name for column in columns],
    }


@require_POST
@endpoint(VIEW_PROJECTS)
def save_deployments(request: HttpRequest, pk: int) -> HttpResponse:
    """Stores what was changed in the table, all or none: see `read_edits`. Answers the rows stored."""
    open_project(request, pk)
    columns = queries.columns([pk])[pk]
    deleted, changes = read_edits(read_json(request), pk, columns)
    stored = deployments_edit(deleted=deleted, changes=changes, user=caller(request))
    return json_response({"rows": [{"id": row["id"], "cells": _texts(row, columns)} for row in stored]})


def _texts(row: dict[str, Any], columns: list[Column]) -> dict[str, str]:
    return {cell.name: cell.text for cell in shown_row(row, columns).cells}


@require_safe
@page(VIEW_PROJECTS)
def deployments_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The deployments as a CSV file."""
    opened = open_project(request, pk)
    columns = queries.columns([pk])[pk]
    rows = (deployment_row(record, columns) for record in queries.records_of_project(pk))
    return _file(write_sheet(rows, columns), f"deployments-of-project-{opened.project.pk}")


@require_safe
@page(VIEW_PROJECTS)
def template_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A CSV file with the header only."""
    open_project(request, pk)
    return _file(write_template(queries.columns([pk])[pk]), "deployments-template")


def _file(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    # With the mark by which Excel knows UTF-8.
    return HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)
