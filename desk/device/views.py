"""A device in time: its page, and the curves and images that the page asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.common.reports import history_rows, report
from desk.device.queries import (
    MAX_BUCKETS,
    MAX_IMAGES,
    Buckets,
    captures,
    count_images,
    first_and_last,
    insects,
    list_images,
    readings,
)
from desk.fleet.queries import LATE
from desk.http import VIEW_IMAGES, endpoint, json_response, page, read_number, render_page
from images.statuses import history
from sticky_pi_api.core.errors import InvalidInput

_LATEST = 32503680000  # unix seconds: the year 3000
_STATUSES = 20  # shown
_AHEAD = timedelta(days=1)  # clocks that are further ahead are wrong


@page(VIEW_IMAGES)
def device_page(request: HttpRequest, device: str) -> HttpResponse:
    now = timezone.now()
    ends = first_and_last(device, until=now + _AHEAD)
    if ends is None:
        raise Http404(f"there is no image of {device}")
    first, last, ahead = ends
    said = history(device, most=_STATUSES)
    context = {
        "device": device,
        "first": first,
        "last": last,
        "ahead": ahead,
        "place": last.coordinates,
        "report": report(said[0] if said else None, now=now, is_silent=now - last.datetime > LATE),
        "statuses": history_rows(said),
        "configuration": _configuration(device, int(first.datetime.timestamp()), int(last.datetime.timestamp())),
    }
    return render_page(request, "device/device.html", f"Device {device}", context)


def _configuration(device: str, first: int, last: int) -> dict[str, Any]:
    """What the page's script needs to know; addresses with NAME in place of an image's file name."""
    return {
        "device": device,
        "first": first,
        "last": last,
        "readings": reverse("desk:readings", args=[device]),
        "insects": reverse("desk:insects", args=[device]),
        "captures": reverse("desk:captures", args=[device]),
        "moments": reverse("desk:moments", args=[device]),
        "picture": reverse("desk:picture", args=["thumbnail", "NAME"]),
        "mini": reverse("desk:picture", args=["thumbnail-mini", "NAME"]),
        "image": reverse("desk:image_named", args=["NAME"]),
    }


@require_safe
@endpoint(VIEW_IMAGES)
def device_readings(request: HttpRequest, device: str) -> HttpResponse:
    """Curves of the sensors: see `desk.device.queries.readings`; `n_shown`: images in the part that is shown."""
    buckets = _read_buckets(request)
    shown = Buckets.of(
        read_number(request, "shown_start", low=0, high=_LATEST, default=buckets.start),
        read_number(request, "shown_end", low=0, high=_LATEST, default=buckets.end),
        1,
    )
    n_shown = count_images(device=device, buckets=shown)
    return json_response({**readings(device=device, buckets=buckets), "n_shown": n_shown})


@require_safe
@endpoint(VIEW_IMAGES)
def device_insects(request: HttpRequest, device: str) -> HttpResponse:
    """Curves of the catches: see `desk.device.queries.insects`."""
    return json_response(insects(device=device, buckets=_read_buckets(request)))


@require_safe
@endpoint(VIEW_IMAGES)
def device_captures(request: HttpRequest, device: str) -> HttpResponse:
    """The curve of captures: see `desk.device.queries.captures`."""
    return json_response(captures(device=device, buckets=_read_buckets(request)))


def _read_buckets(request: HttpRequest) -> Buckets:
    """The range [`start`, `end`), unix seconds, in at most `buckets` pieces."""
    start = read_number(request, "start", low=0, high=_LATEST)
    end = read_number(request, "end", low=0, high=_LATEST)
    if end <= start:
        raise InvalidInput(f"end={end} is not after start={start}")
    return Buckets.of(start, end, read_number(request, "buckets", low=1, high=MAX_BUCKETS, default=1000))


@require_safe
@endpoint(VIEW_IMAGES)
def device_moments(request: HttpRequest, device: str) -> HttpResponse:
    """Images from `at` (unix seconds) on; with `back=1` up to it, latest first."""
    found = list_images(
        device=device,
        at=datetime.fromtimestamp(read_number(request, "at", low=0, high=_LATEST), UTC),
        backwards=request.GET.get("back") == "1",
        limit=read_number(request, "limit", low=1, high=MAX_IMAGES, default=100),
    )
    return json_response(found)
