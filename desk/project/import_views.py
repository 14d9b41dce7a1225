"""Deployments from a CSV file: what it would do is shown first, and done once that has been confirmed."""

import base64
import binascii
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from desk.http import VIEW_PROJECTS, page, render_page
from desk.project.access import Opened, caller, open_project, sentence
from projects import queries, services
from projects.deployment_files import MAX_BYTES, MAX_ROWS, read_sheet
from projects.imports import TYPES, Plan, plan
from sticky_pi_api.core.deployments import deployment_changes
from sticky_pi_api.core.errors import APIError, InvalidInput
from sticky_pi_api.core.project_columns import column_changes

_SHOWN = 300
_ACTIONS = {"refuse": "refused", "add": "added", "change": "changed"}
_DAY_FIRST = {"": None, "day": True, "month": False}


@require_http_methods(["GET", "POST"])
@page(VIEW_PROJECTS)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; POST shows what a file would do and, where that is confirmed, does it."""
    opened = open_project(request, pk)
    context: dict[str, Any] = {**opened.context("project"), "max_rows": MAX_ROWS}
    if request.method == "POST" and opened.may_write:
        try:
            data = _read_file(request)
            planned = _plan(request, pk, data)
            if request.POST.get("digest") == planned.digest:
                _store(request, opened, planned)
                return redirect("desk:project", pk)
            if request.POST.get("digest") and "confirm" in request.POST:
                messages.warning(request, "The project has changed meanwhile: look again at what would be done.")
            context |= _preview(planned, data) | {"day_first": request.POST.get("day_first", "")}
        except APIError as error:
            messages.error(request, f"Nothing was imported. {sentence(error)}")
    return render_page(request, "project/import.html", opened.project.name, context)


def _read_file(request: HttpRequest) -> bytes:
    """The file that is uploaded, or the one that the preview was of."""
    file = request.FILES.get("file")
    if file is not None:
        return file.read(MAX_BYTES + 1)
    try:
        data = base64.b64decode(request.POST.get("data", ""), validate=True)
    except binascii.Error:
        data = b""
    if not data:
        raise InvalidInput("choose a file that has something in it")
    return data


def _plan(request: HttpRequest, pk: int, data: bytes) -> Plan:
    names = request.POST.getlist("new_name")
    types = dict(zip(names, request.POST.getlist("new_type"), strict=False))
    sheet = read_sheet(data, queries.columns([pk])[pk])
    return plan(project=pk, sheet=sheet, types=types, day_first=_DAY_FIRST.get(request.POST.get("day_first", "")))


def _store(request: HttpRequest, opened: Opened, planned: Plan) -> None:
    pk = opened.project.pk
    made = [
        {"project_id": pk, "column_name": column.name, "column_SQL_type": column.sql_type}
        for column in planned.new_columns
        if column.is_made
    ]
    services.deployments_edit(
        new_columns=column_changes(made), changes=deployment_changes(planned.elements), user=caller(request)
    )
    counts = planned.counts
    messages.success(request, f"Deployments added: {counts['add']:,}, changed: {counts['change']:,}.")


def _preview(planned: Plan, data: bytes) -> dict[str, Any]:
    rows = [row for row in planned.rows if row.action in _ACTIONS]
    rows.sort(key=lambda row: row.action != "refuse")
    return {
        "plan": planned,
        "data": base64.b64encode(data).decode(),
        "titles": planned.columns,
        "rows": [
            {"row": row, "action": _ACTIONS[row.action], "cells": [row.cells[name] for name in planned.columns]}
            for row in rows[:_SHOWN]
        ],
        "n_hidden": max(0, len(rows) - _SHOWN),
        "n_add": planned.counts["add"],
        "n_change": planned.counts["change"],
        "n_same": planned.counts["same"],
        "n_refuse": planned.counts["refuse"],
        "is_anything": bool(planned.elements) or any(column.is_made for column in planned.new_columns),
        "types": TYPES,
    }
