"""A device in time: its page, and the curves and images that the page asks for."""

from typing import Any

import orjson
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from desk.access import VIEW, endpoint, page
from desk.numbers import read_number
from desk.positions import degrees
from desk.queries.curves import MAX_BUCKETS, Buckets, insects, readings
from desk.queries.moments import MAX_MOMENTS, first_and_last, from_seconds, moments
from sticky_pi_api.core.errors import InvalidInput

_LATEST = 2**32  # unix seconds: the year 2106


@page
def device_page(request: HttpRequest, device: str) -> HttpResponse:
    """The page."""
    ends = first_and_last(device)
    if ends is None:
        raise Http404(f"there is no image of {device}")
    first, last = ends
    context = {
        **admin.site.each_context(request),
        "title": f"Device {device}",
        "is_fullwidth": "1",
        "device": device,
        "first": first,
        "last": last,
        "place": degrees(last),
        "configuration": _configuration(device, int(first.datetime.timestamp()), int(last.datetime.timestamp())),
    }
    return render(request, "desk/device.html", context)


def _configuration(device: str, first: int, last: int) -> dict[str, Any]:
    """What the page's script needs to know; addresses with NAME in place of an image's file name."""
    return {
        "device": device,
        "first": first,
        "last": last,
        "readings": reverse("desk:readings", args=[device]),
        "insects": reverse("desk:insects", args=[device]),
        "moments": reverse("desk:moments", args=[device]),
        "picture": reverse("desk:picture", args=["thumbnail", "NAME"]),
        "mini": reverse("desk:picture", args=["thumbnail-mini", "NAME"]),
        "image": reverse("desk:image_named", args=["NAME"]),
    }


@require_safe
@endpoint(VIEW)
def device_readings(request: HttpRequest, device: str) -> HttpResponse:
    """Curves of the sensors: see `desk.queries.curves.readings`."""
    return _json(readings(device=device, buckets=_read_buckets(request)))


@require_safe
@endpoint(VIEW)
def device_insects(request: HttpRequest, device: str) -> HttpResponse:
    """Curves of the catches: see `desk.queries.curves.insects`."""
    return _json(insects(device=device, buckets=_read_buckets(request)))


def _read_buckets(request: HttpRequest) -> Buckets:
    """The range [`start`, `end`), unix seconds, in at most `buckets` pieces."""
    start = read_number(request, "start", low=0, high=_LATEST)
    end = read_number(request, "end", low=0, high=_LATEST)
    if end <= start:
        raise InvalidInput(f"end={end} is not after start={start}")
    return Buckets.of(start, end, read_number(request, "buckets", low=1, high=MAX_BUCKETS, default=1000))


@require_safe
@endpoint(VIEW)
def device_moments(request: HttpRequest, device: str) -> HttpResponse:
    """Images from `at` (unix seconds) on; with `back=1` up to it, latest first."""
    found = moments(
        device=device,
        at=from_seconds(read_number(request, "at", low=0, high=_LATEST)),
        back=request.GET.get("back") == "1",
        limit=read_number(request, "limit", low=1, high=MAX_MOMENTS, default=100),
    )
    return _json(found)


def _json(value: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), content_type="application/json", headers={"Cache-Control": "no-store"})
