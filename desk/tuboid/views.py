"""A tuboid: its shots as a film, the card, its labels and the size of the insect."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from desk.common.labels import taxa_by_tuboid, taxon_hue
from desk.common.tuboid_files import TILE, insect_size, mosaic_preview, read_shots, read_tuboid_file
from desk.http import LABEL, VIEW_TUBOIDS, endpoint, jpeg_response, page, render_page
from images.queries import scales
from images.services import MAX_PIXELS_PER_MM, scale_set
from labels.models import ITCLabel
from sticky_pi_api.core.errors import InvalidInput, NotFound
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.core.people import PERSON_PREFIX, is_person
from sticky_pi_api.core.records import RANKS
from sticky_pi_api.core.shots import Shot
from sticky_pi_api.core.taxa import taxon_path, taxon_text
from sticky_pi_api.core.tuboids import check_tuboid_id
from stickypi.admin.columns import version_datetime
from tuboids.models import TiledTuboid

_PICTURES = {
    "preview": mosaic_preview,
    "tuboid": lambda tuboid_id: read_tuboid_file(tuboid_id, "tuboid"),
    "context": lambda tuboid_id: read_tuboid_file(tuboid_id, "context"),
}


@page(VIEW_TUBOIDS)
def tuboid_page(request: HttpRequest, pk: int) -> HttpResponse:
    tuboid = get_object_or_404(TiledTuboid.objects.select_related("parent_series"), pk=pk)
    device = tuboid.parent_series.device
    shots, problem = _shots(tuboid)
    context = {
        "tuboid": tuboid,
        "series": tuboid.parent_series,
        "taxa": taxa_by_tuboid([tuboid])[tuboid.pk],
        "labels": [_describe(label) for label in _labels(tuboid)],
        "shots": [{"shot": shot, "name": image_name(shot.device, shot.datetime)} for shot in shots],
        "problem": problem,
        "size": insect_size(shots, scales([device])[device]) if shots else None,
        "may_label": request.user.has_perm(LABEL),
        "configuration": _configuration(tuboid, shots),
    }
    return render_page(request, "tuboid/tuboid.html", f"Tuboid {tuboid.id_in_series:04d} of {device}", context)


@require_POST
@page(LABEL)
def set_scale(request: HttpRequest, pk: int) -> HttpResponse:
    """Stores how many pixels a millimetre has, of the tuboid's device or of all; an empty field removes it."""
    tuboid = get_object_or_404(TiledTuboid.objects.select_related("parent_series"), pk=pk)
    device = "" if request.POST.get("all") else tuboid.parent_series.device
    text = request.POST.get("pixels_per_mm", "").strip()
    try:
        scale_set(device=device, pixels_per_mm=float(text) if text else None)
    except (ValueError, InvalidInput):
        messages.error(request, f"{text!r} is no number of pixels: it takes one up to {MAX_PIXELS_PER_MM:.0f}.")
    return redirect("desk:tuboid", pk)


@require_safe
@endpoint(VIEW_TUBOIDS)
def tuboid_picture(request: HttpRequest, what: str, tuboid_id: str) -> HttpResponse:
    """The mosaic (`tuboid`), its first tiles (`preview`), or the card (`context`)."""
    if what not in _PICTURES:
        raise NotFound(f"a tuboid has no picture {what!r}")
    try:
        check_tuboid_id(tuboid_id)
    except InvalidInput as error:
        raise NotFound(error.detail) from error
    return jpeg_response(_PICTURES[what](tuboid_id))


def _shots(tuboid: TiledTuboid) -> tuple[list[Shot], str]:
    """The shots; or none, and why."""
    try:
        return read_shots(tuboid.tuboid_id), ""
    except (NotFound, InvalidInput) as error:
        return [], error.detail


def _labels(tuboid: TiledTuboid) -> list[ITCLabel]:
    found = ITCLabel.objects.filter(parent_tuboid=tuboid).select_related("remark")
    return list(found.order_by("-algo_version", "-id"))


def _describe(label: ITCLabel) -> dict[str, Any]:
    ranks = [getattr(label, rank) for rank in RANKS]
    return {
        "label": label,
        "text": taxon_text(ranks),
        "path": " > ".join(name for name in ranks if name),
        "hue": taxon_hue(taxon_path(ranks)),
        "is_person": is_person(label.algo_name),
        "source": label.algo_name.removeprefix(PERSON_PREFIX),
        "made": version_datetime(label.algo_version),
        "remark": getattr(label, "remark", None),
    }


def _configuration(tuboid: TiledTuboid, shots: list[Shot]) -> dict[str, Any]:
    """What the page's script needs to know."""
    return {
        "mosaic": reverse("desk:tuboid_file", args=["tuboid", tuboid.tuboid_id]),
        "tile": TILE,
        "shots": [
            {
                "time": f"{shot.datetime:%Y-%m-%d %H:%M} UTC",
                "pixels": round(TILE / shot.scale, 1),
                "image": reverse("desk:image_named", args=[image_name(shot.device, shot.datetime)]),
            }
            for shot in shots
        ]
        or [{} for _ in range(tuboid.n_shots)],
    }
