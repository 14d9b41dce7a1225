"""What was caught, night by night, at what effort."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from activity.queries import NO_INSECT, Captures, nightly
from activity.selection import FIELDS, Choice, read_choice
from desk.catch.chart import chart
from desk.common.legend import OTHERS, Entry, beneath, legend, legend_height
from desk.common.python import five_lines
from desk.common.selection import gallery_url, labeller_titles
from desk.fleet.queries import PER_DAY
from desk.http import VIEW_TUBOIDS, endpoint, page, render_page, user_of
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.records import RANKS
from stickypi.admin.exports import attachment, csv_lines

_PYTHON = """\
nights = daily_captures(caught, images, stays, clock="{zone}")
print(nights.groupby(["night", "taxon"])[["captures", "n_images"]].sum())
"""


@page(VIEW_TUBOIDS)
def catch_page(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"ranks": RANKS, "filters": {name: request.GET.get(name, "") for name in FIELDS}}
    try:
        choice = read_choice(request.GET, user_of(request))
    except InvalidInput as error:
        return render_page(request, "catch/catch.html", "Catch", {**context, "error": error.detail})
    found = nightly(choice.selection)
    entries = legend(found.taxa)
    context |= {
        "choice": choice,
        "labellers": labeller_titles(choice),
        "filters": choice.fields,
        "chart": chart(found, entries, choice),
        "rows": [_row(each, found, choice) for each in entries],
        "no_insects": sum(found.no_insects.values()),
        "no_insects_url": gallery_url(choice, choice.selection.first, choice.selection.last, NO_INSECT),
        "query": urlencode(choice.fields),
        "file_name": choice.file_name("catch"),
        "rate": PER_DAY * sum(found.captures.values()) / n_images if (n_images := sum(found.images.values())) else None,
        "n_captures": sum(found.captures.values()),
        "n_images": sum(found.images.values()),
        "trap_days": sum(found.images.values()) / PER_DAY,
        "n_nights": len(found.keys),
        "python": five_lines(request, choice, "daily_captures") + _PYTHON.format(zone=choice.zone),
    }
    return render_page(request, "catch/catch.html", "Catch", context)


@endpoint(VIEW_TUBOIDS)
def catch_svg(request: HttpRequest) -> HttpResponse:
    """The chart alone, as a file."""
    choice = read_choice(request.GET, user_of(request))
    found = nightly(choice.selection)
    entries = legend(found.taxa)
    drawn = chart(found, entries, choice)
    context = {"chart": drawn, "legend": beneath(entries, drawn.height), "choice": choice}
    context["height"] = drawn.height + legend_height(entries)
    answer = render(request, "catch/chart.html", context, content_type="image/svg+xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{choice.file_name("catch")}.svg"'
    return answer


@endpoint(VIEW_TUBOIDS)
def catch_csv(request: HttpRequest) -> HttpResponseBase:
    """A row a night and taxon, zeros kept."""
    choice = read_choice(request.GET, user_of(request))
    found = nightly(choice.selection)
    return attachment(_lines(found), choice.file_name("catch"), "csv", "text/csv; charset=utf-8")


def _lines(found: Captures) -> Iterable[bytes]:
    yield csv_lines([["night", "taxon", "captures", "images", "captures_per_trap_and_day"]])
    for night in found.keys:
        seen = found.images.get(night, 0)
        counts = [(path or "not told", numbers.get(night, 0)) for path, numbers in found.taxa.items()]
        yield csv_lines([night, path, n, seen, round(PER_DAY * n / seen, 4) if seen else ""] for path, n in counts)


def _row(entry: Entry, found: Captures, choice: Choice) -> dict[str, Any]:
    """A line of the table: in all, the rate, and the night with most."""
    nights = [night for night in found.keys if entry.numbers.get(night)]
    images = sum(found.images.values())
    best = max(nights, key=lambda night: entry.numbers[night]) if nights else None
    has_gallery = entry.path != OTHERS
    return {
        "entry": entry,
        "url": gallery_url(choice, choice.selection.first, choice.selection.last, entry.path) if has_gallery else "",
        "rate": PER_DAY * entry.total / images if images else None,
        "n_nights": len(nights),
        "best": best,
        "best_count": entry.numbers[best] if best else 0,
        "best_url": gallery_url(choice, best, best, entry.path) if best and has_gallery else "",
    }
