"""Labelling: the page, and the requests of its script."""

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from desk.common.tuboid_files import TILE
from desk.http import LABEL, VIEW_TUBOIDS, endpoint, json_response, page, read_id, read_json, render_page
from desk.labelling.queries import describe_taxa, describe_tuboids
from labels import labelling, reservations
from labels.models import Remark
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from tuboids.models import TiledTuboid

_AHEAD = 3  # tuboids reserved for a user: one is shown, the others are loaded meanwhile
_CONFIDENCES = ("", *(value for value, _ in Remark.CONFIDENCES))
_MAX_NOTE = 500
_MAX_KNOWN = 1000
_MAX_WINDOW = 64


@page(VIEW_TUBOIDS, LABEL)
def label_page(request: HttpRequest) -> HttpResponse:
    mode = request.GET.get("mode")
    tuboid = request.GET.get("tuboid", "")
    context = {
        "configuration": {
            **{name: reverse(f"desk:label_{name}") for name in ("claim", "save", "skip", "undo", "forget", "taxa")},
            "mode": mode if mode in reservations.MODES else reservations.MODES[0],
            "tuboid": int(tuboid) if tuboid.isdecimal() and len(tuboid) < 18 else None,
            "tile": TILE,
            "user": request.user.get_username(),
            "login": reverse("admin:login"),
        },
        "has_tuboids": TiledTuboid.objects.exists(),
    }
    return render_page(request, "labelling/labelling.html", "Label tuboids", context)


@require_POST
@endpoint(VIEW_TUBOIDS, LABEL)
def reserve(request: HttpRequest) -> HttpResponse:
    """Reserves tuboids to label.

    `{"mode", "window": name of the user's window, "known": [ids that the page has], "tuboid": id to begin with}`.
    """
    body = read_json(request)
    if body.get("tuboid") is None:
        return _next(request, body)
    tuboid = read_id(body, "tuboid")
    reservations.tuboid_reserve(user=_user(request), window=_window(body), tuboid=tuboid)
    return _next(request, body, first=[tuboid])


@require_POST
@endpoint(VIEW_TUBOIDS, LABEL)
def save(request: HttpRequest) -> HttpResponse:
    """Stores a label: `{"tuboid", "taxon", "confidence", "note"}`, and answers the next ones."""
    body = read_json(request)
    confidence, note = body.get("confidence", ""), body.get("note", "")
    if confidence not in _CONFIDENCES:
        raise InvalidInput(f"'confidence' is {shown(confidence)}: it takes low, medium, high or nothing")
    if not isinstance(note, str) or len(note) > _MAX_NOTE:
        raise InvalidInput(f"'note' takes text of at most {_MAX_NOTE} characters")
    label = labelling.label_save(
        tuboid=read_id(body, "tuboid"),
        taxon=read_id(body, "taxon"),
        user=_user(request),
        confidence=confidence,
        note=note.strip(),
    )
    return _next(request, body, label=label.pk)


@require_POST
@endpoint(VIEW_TUBOIDS, LABEL)
def skip(request: HttpRequest) -> HttpResponse:
    """Leaves a tuboid to others, and answers the next ones."""
    body = read_json(request)
    reservations.tuboid_skip(tuboid=read_id(body, "tuboid"), user=_user(request))
    return _next(request, body)


@require_POST
@endpoint(VIEW_TUBOIDS, LABEL)
def forget(request: HttpRequest) -> HttpResponse:
    """Brings back what was skipped."""
    reservations.skips_delete(user=_user(request))
    return _next(request, read_json(request))


@require_POST
@endpoint(VIEW_TUBOIDS, LABEL)
def undo(request: HttpRequest) -> HttpResponse:
    """Takes a label back: `{"label"}`. Its tuboid is the next one."""
    body = read_json(request)
    tuboid = labelling.label_undo(label=read_id(body, "label"), user=_user(request), window=_window(body))
    return _next(request, body, first=[tuboid])


@require_safe
@endpoint(VIEW_TUBOIDS)
def taxa(request: HttpRequest) -> HttpResponse:
    """All taxa to choose from."""
    return json_response(describe_taxa())


def _next(request: HttpRequest, body: dict[str, Any], *, first: Sequence[int] = (), **more: Any) -> HttpResponse:
    """The user's reservations: `tuboids` that the page does not know, beginning with `first`; ids of all in `held`."""
    mode, known = _mode(body), _known(body)
    held = reservations.tuboids_reserve(
        user=_user(request), window=_window(body), mode=mode, number=_AHEAD, known=[*first, *known]
    )
    new = [*first, *(pk for pk in held if pk not in {*first, *known})]
    progress = labelling.progress(user=_user(request), mode=mode)
    return json_response({**more, "tuboids": describe_tuboids(new), "held": held, "progress": progress})


def _known(body: dict[str, Any]) -> list[int]:
    known = body.get("known", [])
    if not isinstance(known, list) or len(known) > _MAX_KNOWN or not all(type(each) is int for each in known):
        raise InvalidInput(f"'known' takes a list of at most {_MAX_KNOWN} ids")
    return known


def _mode(body: dict[str, Any]) -> str:
    mode = body.get("mode", reservations.MODES[0])
    if mode not in reservations.MODES:
        raise InvalidInput(f"'mode' is {shown(mode)}: it takes one of {', '.join(reservations.MODES)}")
    return mode


def _window(body: dict[str, Any]) -> str:
    window = body.get("window", "")
    if not isinstance(window, str) or len(window) > _MAX_WINDOW:
        raise InvalidInput(f"'window' takes text of at most {_MAX_WINDOW} characters")
    return window


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)  # the endpoint has made sure of it
