"""How good a classifier is: its labels against those of people, or of any other source."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from desk.common.labels import path_text, source_title
from desk.common.python import EVERYTHING, quoted, script
from desk.http import VIEW_TUBOIDS, page, render_page
from labels.agreement import NOT_TOLD, Matrix, matrix, sources
from labels.models import LabelSource
from sticky_pi_api.core.quality import Quality
from sticky_pi_api.core.records import TAXONOMY


@page(VIEW_TUBOIDS)
def classifier_page(request: HttpRequest) -> HttpResponse:
    """Compares the sources `left` (the truth) and `right`, ids, at a `rank` of `TAXONOMY`."""
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
        found = matrix(one=left.pk, other=right.pk, rank=str(rank))
        context |= _matrix_context(found, _Links(left.pk, right.pk, str(rank)))
        context |= {"left_text": source_title(left), "right_text": source_title(right)}
        context["python"] = script(request, ["confusion", "labels_by"], _python(left, right, str(rank)))
    return render_page(request, "classifier/classifier.html", "Classifier", context)


def _choose_source(
    request: HttpRequest, side: str, known: list[LabelSource], default: int, *, prefer_algorithm: bool = False
) -> LabelSource | None:
    asked = request.GET.get(side)
    if found := next((source for source in known if str(source.pk) == asked), None):
        return found
    if prefer_algorithm and (algorithms := [source for source in known if not source.is_person]):
        return algorithms[0]
    return known[default] if known else None


@dataclass(frozen=True)
class _Links:
    """Leads to the tuboids of which the sources say what they say."""

    left: int
    right: int
    rank: str

    def to(self, one: str, other: str) -> str:
        """Paths of taxa; `*` is any at this rank, "" anything or nothing, `-` nothing at this rank."""
        query = {"left": self.left, "left_name": one, "right": self.right, "right_name": other, "rank": self.rank}
        return f"{reverse('desk:tuboids')}?{urlencode(query)}"


def _matrix_context(found: Matrix, links: _Links) -> dict[str, Any]:
    most = max(found.counts.values(), default=1)

    def cell(one: str, other: str) -> dict[str, Any]:
        count = found.counts[one, other]
        kind = "untold" if NOT_TOLD in (one, other) else "equal" if one == other else "differs"
        url = links.to(one or "-", other or "-")
        return {"count": count, "kind": kind, "url": url, "share": round(10 * (count / most) ** 0.5)}

    def total(side: int, path: str) -> dict[str, Any]:
        count = sum(count for pair, count in found.counts.items() if pair[side] == path)
        return {"count": count, "url": links.to(path or "-", "") if side == 0 else links.to("", path or "-")}

    rows = [
        {**_describe(one), "cells": [cell(one, other) for other in found.paths], "total": total(0, one)}
        for one in found.paths
    ]
    return {
        "matrix": found,
        "rows": rows,
        "columns": [_describe(path) for path in found.paths],
        "totals": [total(1, path) for path in found.paths],
        "taxa": [_taxon_row(path, quality, links) for path, quality in _most_frequent(found)],
        "accuracy": found.n_equal / found.n_told if found.n_told else None,
        "all_url": links.to("", ""),
        "told_url": links.to("*", "*"),
    }


def _most_frequent(found: Matrix) -> list[tuple[str, Quality]]:
    """The taxa of the matrix, those that are true most often first."""
    shown = [(path, found.by_taxon[path]) for path in found.paths if path in found.by_taxon]
    return sorted(shown, key=lambda row: (-row[1].n_true, -row[1].n_found, row[0]))


def _taxon_row(path: str, quality: Quality, links: _Links) -> dict[str, Any]:
    return {
        **_describe(path),
        "quality": quality,
        "true_url": links.to(path, "*"),
        "found_url": links.to("*", path),
        "right_url": links.to(path, path),
    }


def _describe(path: str) -> dict[str, str]:
    return {"name": path_text(path), "path": path.replace(";", " > ")} if path else {"name": "", "path": ""}


def _python(left: LabelSource, right: LabelSource, rank: str) -> list[str]:
    one, other = (_source_literal(source) for source in (left, right))
    return [
        f"tuboids = client.get_tiled_tuboid_series_itc_labels({EVERYTHING})",
        f"truth = labels_by(tuboids, {one}, rank={quoted(rank)})",
        f"predicted = labels_by(tuboids, {other}, rank={quoted(rank)})",
        "quality = confusion(truth, predicted)",
        "print(quality.accuracy, quality.kappa, quality.per_taxon, sep='\\n')",
    ]


def _source_literal(source: LabelSource) -> str:
    return quoted(source.name) if source.is_person else f"({quoted(source.name)}, {quoted(source.version)})"
