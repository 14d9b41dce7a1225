"""Where people and algorithms, or any two sources of labels, agree."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from desk.common.labels import path_text, source_title
from desk.http import VIEW_TUBOIDS, page, render_page
from labels.agreement import NOT_TOLD, Matrix, matrix, sources
from labels.models import LabelSource
from sticky_pi_api.core.records import TAXONOMY


@page(VIEW_TUBOIDS)
def agreement_page(request: HttpRequest) -> HttpResponse:
    """Compares the sources `left` and `right`, ids, at a `rank` of `TAXONOMY`."""
    known = sources()
    left = _choose_source(request, "left", known, 0)
    right = _choose_source(request, "right", [source for source in known if source != left], -1, prefer_algorithm=True)
    rank = request.GET.get("rank") if request.GET.get("rank") in TAXONOMY else TAXONOMY[0]
    context = {
        "sources": [(source.pk, source_title(source)) for source in known],
        "left": left,
        "right": right,
        "rank": rank,
        "ranks": TAXONOMY,
    }
    if left and right:
        context |= _matrix_context(matrix(one=left.pk, other=right.pk, rank=str(rank)), left, right, str(rank))
    return render_page(request, "agreement/agreement.html", "Agreement", context)


def _choose_source(
    request: HttpRequest, side: str, known: list[LabelSource], default: int, *, prefer_algorithm: bool = False
) -> LabelSource | None:
    asked = request.GET.get(side)
    if found := next((source for source in known if str(source.pk) == asked), None):
        return found
    if prefer_algorithm and (algorithms := [source for source in known if not source.is_person]):
        return algorithms[0]
    return known[default] if known else None


def _matrix_context(found: Matrix, left: LabelSource, right: LabelSource, rank: str) -> dict[str, Any]:
    gallery = reverse("desk:tuboids")
    most = max(found.counts.values(), default=1)

    def cell(one: str, other: str) -> dict[str, Any]:
        count = found.counts[one, other]
        query = urlencode(
            {"left": left.pk, "left_name": one or "-", "right": right.pk, "right_name": other or "-", "rank": rank}
        )
        kind = "untold" if NOT_TOLD in (one, other) else "equal" if one == other else "differs"
        return {"count": count, "kind": kind, "url": f"{gallery}?{query}", "share": round(10 * (count / most) ** 0.5)}

    rows = [
        {
            **_describe(one),
            "cells": [cell(one, other) for other in found.paths],
            "total": sum(count for (path, _), count in found.counts.items() if path == one),
        }
        for one in found.paths
    ]
    totals = [sum(count for (_, path), count in found.counts.items() if path == other) for other in found.paths]
    return {
        "matrix": found,
        "rows": rows,
        "columns": [_describe(path) for path in found.paths],
        "totals": totals,
        "left_text": source_title(left),
        "right_text": source_title(right),
        "percent": 100 * found.n_equal / found.n_told if found.n_told else None,
    }


def _describe(path: str) -> dict[str, str]:
    return {"name": path_text(path), "path": path.replace(";", " > ")} if path else {"name": "", "path": ""}
