"""The fleet at a glance: the home of the admin."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from desk.common.projects import chosen_project, projects_to_choose
from desk.common.reports import Report, report
from desk.fleet.guide import guide
from desk.fleet.map import Place, draw
from desk.fleet.queries import PER_DAY, Trap, list_traps, without_images
from desk.fleet.rows import table_row
from desk.http import VIEW_IMAGES, page, render_page
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.like import check_pattern, matcher

_PER_PAGE = 100
_STATUSES = {
    "silent": "silent for over 3 h",
    "late": "more than 2 shots missed",
    "ahead": "clock ahead",
    "alive": "reporting",
    "over": "no longer in the field",
}
_MAX_IMAGELESS = 10
_RARE = ("ahead", "over")  # not shown where there are none


def _last_reading(name: str) -> Callable[[Trap], Any]:
    return lambda trap: (getattr(trap.last, name) is None, getattr(trap.last, name) or 0)


_ORDERS: dict[str, Callable[[Trap], Any]] = {
    "device": lambda trap: trap.last.device,
    "silence": lambda trap: -trap.silence,
    "images": lambda trap: trap.share,
    "gaps": lambda trap: (not trap.is_gone, -trap.record.n_gaps),
    "battery": _last_reading("bat"),
    "temperature": _last_reading("temp"),
    "humidity": _last_reading("hum"),
    "firmware": lambda trap: trap.last.device_version or "",
}


@page(VIEW_IMAGES)
def fleet_page(request: HttpRequest) -> HttpResponse:
    return render_page(request, "fleet/fleet.html", "Fleet", fleet_context(request))


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: the fleet on the admin's home, for those who may see it."""
    if not request.user.has_perm(VIEW_IMAGES):
        return context
    return {**context, "title": "Fleet", "is_fullwidth": "1", **fleet_context(request)}


def fleet_context(request: HttpRequest) -> dict[str, Any]:
    """What the fleet's template shows."""
    query, order = request.GET.get("q", "").strip(), request.GET.get("sort", "silence")
    project, traps, found, error = None, [], [], ""
    try:
        project = chosen_project(request)
        traps = list_traps(now=timezone.now(), project=project.pk if project else None)
        found = _find(traps, query)
    except InvalidInput as refused:
        error = refused.detail
    shown = sorted(found, key=_ORDERS.get(order.removeprefix("-"), _ORDERS["silence"]), reverse=order.startswith("-"))
    rows = Paginator(shown, _PER_PAGE).get_page(request.GET.get("page"))
    counts = Counter(trap.status for trap in traps)
    return {
        "fleet": [table_row(trap) for trap in rows],
        "rows": rows,
        "n_traps": len(traps),
        "statuses": [
            (name, text, counts[name]) for name, text in _STATUSES.items() if counts[name] or name not in _RARE
        ],
        "period": traps[0].period if traps else None,
        "is_past": bool(traps) and all(trap.silence > trap.period.end - trap.period.start for trap in traps),
        "n_images": f"{sum(sum(trap.record.per_day) for trap in traps):,}",
        "n_expected": f"{sum(sum(trap.expected) for trap in traps):,.0f}",
        "per_day": PER_DAY,
        "wrong_clocks": [trap.last.device for trap in traps if trap.said and trap.said.is_clock_off],
        "imageless": [] if project or error else _imageless(traps),
        "map": draw(Place(trap.last.device, trap.status, trap.last.coordinates) for trap in found),
        "query": query,
        "project": project,
        **projects_to_choose(request),
        "is_filtered": bool(query or request.GET.get("project")),
        "error": error,
        "guide": guide(traps) if settings.DEMO and request.user.is_superuser else [],
        "sort": order,
        "columns": _columns(order),
    }


def _imageless(traps: list[Trap]) -> list[Report | None]:
    """Reports of devices that are heard of and have sent no image yet, the first of them."""
    now = timezone.now()
    return [report(status, now=now, is_silent=False) for status in without_images(traps)[:_MAX_IMAGELESS]]


def _find(traps: list[Trap], query: str) -> list[Trap]:
    """The traps whose device matches; a query without % is looked for anywhere in it."""
    if not query:
        return traps
    matches = matcher(check_pattern(query if "%" in query else f"%{query}%"))
    return [trap for trap in traps if matches(trap.last.device)]


def _columns(order: str) -> list[dict[str, str]]:
    titles = {
        "device": "Device, location",
        "silence": "Last seen",
        "images": "Images a day",
        "gaps": "Gaps",
        "battery": "Battery",
        "temperature": "Temp.",
        "humidity": "Humidity",
        "firmware": "Firmware",
    }
    return [
        {
            "title": title,
            "sort": f"-{name}" if order == name else name,
            "aria": {name: "ascending", f"-{name}": "descending"}.get(order, "none"),
        }
        for name, title in titles.items()
    ]
