"""When each taxon flies: captures by the hour of the day, over the images of that hour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from activity.queries import UNLABELLED, hourly
from activity.readings import MOST_IMAGES, hourly_means
from activity.selection import FIELDS, Choice, read_choice
from desk.activity.clock import hours_by_sun, night
from desk.activity.niches import FEWEST, niche_map
from desk.activity.plots import curves, drawn_map, hour_ticks, nights, placed, profile
from desk.common.legend import OTHERS, Entry, legend
from desk.common.python import five_lines
from desk.common.selection import labeller_titles
from desk.fleet.queries import PER_HOUR
from desk.http import VIEW_TUBOIDS, endpoint, page, render_page, user_of
from labels.agreement import NOT_TOLD
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.records import RANKS
from stickypi.admin.exports import attachment, csv_lines

CLOCKS = {"clock": "by the clock", "sun": "by the sun"}
_PYTHON = """\
profile = diel_profile(caught, images, stays, clock="{zone}")
print(profile.pivot(index="hour", columns="taxon", values="captures"))
"""
_BY_SUN = """\
stays = [{{**stay, "lat": {lat:.2f}, "lng": {lng:.2f}}} for stay in stays]
profile = diel_profile(caught, images, stays, clock="wzt")  # to the second; the page spreads what it counts by the hour
print(profile.pivot(index="hour", columns="taxon", values="captures"))
"""


@dataclass(frozen=True)
class Activity:
    """The hours of the day of the taxa that were chosen; `images` are those of each hour."""

    choice: Choice
    clock: str
    by_sun: tuple[float, float] | None
    entries: Sequence[Entry]
    images: Sequence[float]
    readings: Mapping[str, Sequence[float | None]]

    @property
    def drawings(self) -> dict[str, Any]:
        """All that is drawn."""
        selection = self.choice.selection
        middle = selection.first + (selection.last - selection.first) / 2
        night_hours = (12.0, 24.0) if self.by_sun else night(self.choice.position, middle, selection.utc_offset)
        counts = {each.path: [each.numbers.get(hour, 0) for hour in range(24)] for each in self.entries}
        return {
            "profiles": [profile(each, self.images) for each in self.entries],
            "readings": curves(self.readings),
            "shades": nights(night_hours),
            "hours": hour_ticks(),
            "map": drawn_map(niche_map(counts, self.images), {each.path: each for each in self.entries}),
        }

    @property
    def rates(self) -> list[list[tuple[float, float | None]]]:
        """For each hour, of each taxon: captures, and captures a trap and hour."""
        return [
            [(n, PER_HOUR * n / seen if seen else None) for n in (each.numbers.get(hour, 0) for each in self.entries)]
            for hour, seen in enumerate(self.images)
        ]


def _read_activity(request: HttpRequest) -> Activity:
    choice = read_choice(request.GET, user_of(request))
    clock = request.GET.get("clock", "")
    by_sun = choice.position if clock == "sun" else None
    hours = hours_by_sun(by_sun) if by_sun else None
    found = hourly(choice.selection, hours)
    images = [found.images.get(hour, 0) for hour in range(24)]
    entries = [each for each in legend(found.taxa) if each.path not in (OTHERS, NOT_TOLD, UNLABELLED)]
    readings = {} if sum(images) > MOST_IMAGES or not entries else hourly_means(choice.selection, hours)
    return Activity(choice, clock if clock in CLOCKS else next(iter(CLOCKS)), by_sun, entries, images, readings)


@page(VIEW_TUBOIDS)
def activity_page(request: HttpRequest) -> HttpResponse:
    filters = {name: request.GET.get(name, "") for name in FIELDS}
    context: dict[str, Any] = {"ranks": RANKS, "clocks": CLOCKS, "filters": filters}
    try:
        activity = _read_activity(request)
    except InvalidInput as error:
        return render_page(request, "activity/activity.html", "Activity", {**context, "error": error.detail})
    choice, by_sun = activity.choice, activity.by_sun
    python = _BY_SUN.format(lat=by_sun[0], lng=by_sun[1]) if by_sun else _PYTHON.format(zone=choice.zone)
    context |= activity.drawings | {
        "choice": choice,
        "labellers": labeller_titles(choice),
        "filters": choice.fields,
        "clock": activity.clock,
        "by_sun": by_sun,
        "query": urlencode(choice.fields | {"clock": activity.clock}),
        "file_name": choice.file_name("activity"),
        "fewest": FEWEST,
        "rows": list(zip(range(24), activity.images, activity.rates, strict=True)),
        "entries": activity.entries,
        "n_images": sum(activity.images),
        "python": five_lines(request, choice, "diel_profile") + python,
    }
    return render_page(request, "activity/activity.html", "Activity", context)


@endpoint(VIEW_TUBOIDS)
def activity_svg(request: HttpRequest) -> HttpResponse:
    """The plots and the map alone, as a file."""
    activity = _read_activity(request)
    answer = render(request, "activity/file.html", placed(activity.drawings), content_type="image/svg+xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{activity.choice.file_name("activity")}.svg"'
    return answer


@endpoint(VIEW_TUBOIDS)
def activity_csv(request: HttpRequest) -> HttpResponseBase:
    """A row an hour and taxon, zeros kept."""
    activity = _read_activity(request)
    return attachment(_lines(activity), activity.choice.file_name("activity"), "csv", "text/csv; charset=utf-8")


def _lines(activity: Activity) -> Iterable[bytes]:
    yield csv_lines([["hour", "taxon", "captures", "images", "captures_per_trap_and_hour"]])
    for hour, (images, of_taxa) in enumerate(zip(activity.images, activity.rates, strict=True)):
        cells = [(each.path, *found) for each, found in zip(activity.entries, of_taxa, strict=True)]
        yield csv_lines(
            [hour, path, round(n, 3), round(images, 3), "" if rate is None else round(rate, 5)]
            for path, n, rate in cells
        )
