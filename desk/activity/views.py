"""When each taxon flies: captures by the hour of the day, over the images of that hour."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from activity.queries import UNLABELLED, hourly
from activity.readings import MOST_IMAGES, hourly_means
from activity.selection import FIELDS, read_choice
from desk.activity.clock import hours_by_sun, night
from desk.activity.niches import FEWEST, niche_map
from desk.activity.plots import PER_HOUR, curves, drawn_map, hour_ticks, nights, profile
from desk.common.legend import OTHERS, legend
from desk.common.python import five_lines
from desk.common.selection import labeller_titles
from desk.http import VIEW_TUBOIDS, page, render_page, user_of
from labels.agreement import NOT_TOLD
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.records import RANKS

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


@page(VIEW_TUBOIDS)
def activity_page(request: HttpRequest) -> HttpResponse:
    filters = {name: request.GET.get(name, "") for name in FIELDS}
    context: dict[str, Any] = {"ranks": RANKS, "clocks": CLOCKS, "filters": filters}
    try:
        choice = read_choice(request.GET, user_of(request))
    except InvalidInput as error:
        return render_page(request, "activity/activity.html", "Activity", {**context, "error": error.detail})
    clock = request.GET.get("clock") if request.GET.get("clock") in CLOCKS else next(iter(CLOCKS))
    by_sun = choice.position if clock == "sun" else None
    hours = hours_by_sun(by_sun) if by_sun else None
    found = hourly(choice.selection, hours)
    images = [found.images.get(hour, 0) for hour in range(24)]
    entries = [each for each in legend(found.taxa) if each.path not in (OTHERS, NOT_TOLD, UNLABELLED)]
    selection = choice.selection
    middle = selection.first + (selection.last - selection.first) / 2
    dark = (12.0, 24.0) if by_sun else night(choice.position, middle, selection.utc_offset)
    places = niche_map({each.path: [each.numbers.get(hour, 0) for hour in range(24)] for each in entries}, images)
    python = _BY_SUN.format(lat=by_sun[0], lng=by_sun[1]) if by_sun else _PYTHON.format(zone=choice.zone)
    context |= {
        "choice": choice,
        "labellers": labeller_titles(choice),
        "filters": choice.fields,
        "clock": clock,
        "by_sun": by_sun,
        "profiles": [profile(each, images) for each in entries],
        "shades": nights(dark),
        "hours": hour_ticks(),
        "query": urlencode(choice.fields),
        "map": drawn_map(places, {each.path: each for each in entries}),
        "fewest": FEWEST,
        "rows": [
            {
                "hour": hour,
                "images": images[hour],
                "cells": [
                    {"n": n, "rate": PER_HOUR * n / images[hour] if images[hour] else None}
                    for n in (each.numbers.get(hour, 0) for each in entries)
                ],
            }
            for hour in range(24)
        ],
        "readings": [] if sum(images) > MOST_IMAGES else curves(hourly_means(selection, hours)),
        "entries": entries,
        "n_images": sum(images),
        "python": five_lines(request, choice, "diel_profile") + python,
    }
    return render_page(request, "activity/activity.html", "Activity", context)
