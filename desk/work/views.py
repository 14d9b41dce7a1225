"""What detectors and classifiers have before them, who is at it, and what they could not do."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from desk.http import ANNOTATE, VIEW_ANNOTATIONS, page, render_page
from sticky_pi_api.core.work import IMAGES
from stickypi.admin.columns import version_label
from work import queries, services
from work.kinds import KINDS
from work.models import Lease

_SHOWN = 100
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60


@require_http_methods(["GET", "POST"])
@page(VIEW_ANNOTATIONS)
def work_page(request: HttpRequest) -> HttpResponse:
    """How far each version of an algorithm is; POST takes what was set aside back among the open."""
    may_retry = request.user.has_perm(ANNOTATE)
    if request.method == "POST" and may_retry:
        number = sum(_try_again(kind, request.POST.getlist(kind)) for kind in KINDS)
        messages.success(request, f"{number:,} {'item is' if number == 1 else 'items are'} open again.")
        return redirect("desk:work")
    context: dict[str, Any] = {
        "tasks": [_task(each) for each in queries.progress()],
        "held": [_lease(name, each) for name, kind in KINDS.items() for each in queries.held(kind, _SHOWN)],
        "failed": [_lease(name, each) for name, kind in KINDS.items() for each in queries.set_aside(kind, _SHOWN)],
        "most": _SHOWN,
        "may_retry": may_retry,
    }
    context["n_held"] = sum(each["progress"].n_held for each in context["tasks"])
    context["n_failed"] = sum(each["progress"].n_failed for each in context["tasks"])
    return render_page(request, "work/work.html", "Work", context)


def duration(seconds: int | None) -> str:
    """In its largest unit: 3 days, 5 h, 20 min."""
    if seconds is None:
        return ""
    if seconds >= 2 * _DAY:
        return f"{seconds / _DAY:,.0f} days"
    if seconds >= 2 * _HOUR:
        return f"{seconds / _HOUR:.0f} h"
    return f"{max(1, round(seconds / _MINUTE))} min"


def _try_again(kind: str, ids: Sequence[str]) -> int:
    chosen = [int(each) for each in ids if each.isdecimal() and len(each) < 18]
    return services.leases_try_again(kind=kind, ids=chosen[: 2 * _SHOWN])


def _task(progress: queries.Progress) -> dict[str, Any]:
    total = progress.n_open + progress.n_held + progress.n_done + progress.n_failed
    return {
        "progress": progress,
        "version": version_label(progress.task.algo_version),
        "share": progress.n_done / total if total else None,
        "left": duration(progress.seconds_left),
    }


def _lease(kind: str, lease: Lease) -> dict[str, Any]:
    item: Any = lease.item  # type: ignore[attr-defined]
    is_image = kind == IMAGES
    return {
        "lease": lease,
        "kind": kind,
        "version": version_label(lease.task.algo_version),
        "url": reverse("desk:image" if is_image else "desk:tuboid", args=[item.pk]),
        "device": item.device if is_image else item.parent_series.device,
        "moment": item.datetime if is_image else item.start_datetime,
    }
