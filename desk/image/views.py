"""An image: the picture, its detections and their correction, and what is known of it."""

import time
from datetime import UTC
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from annotations.corrections import correction_put
from annotations.models import UIDAnnotation
from desk.http import ANNOTATE, VIEW_IMAGES, endpoint, json_response, page, read_json, render_page
from desk.image import tiles
from desk.image.queries import neighbours, tuboids_seen, versions
from images.models import Image
from sticky_pi_api.core.errors import InvalidInput, NotFound
from sticky_pi_api.core.formats import parse_image_name

_METADATA = {  # column -> title and unit
    "device": ("Device", ""),
    "datetime": ("Taken", ""),
    "temp": ("Temperature", "°C"),
    "hum": ("Relative humidity", "%"),
    "lum": ("Light", ""),
    "bat": ("Battery", "%"),
    "but": ("By the button", ""),
    "lat": ("Latitude", "°"),
    "lng": ("Longitude", "°"),
    "alt": ("Altitude", "m"),
    "width": ("Width", "px"),
    "height": ("Height", "px"),
    "device_version": ("Firmware", ""),
    "no_flash_shutter_speed": ("No flash: shutter speed", ""),
    "no_flash_exposure_time": ("No flash: exposure", "s"),
    "no_flash_bv": ("No flash: brightness", ""),
    "no_flash_iso": ("No flash: ISO", ""),
    "md5": ("MD5", ""),
    "datetime_created": ("Uploaded", ""),
    "api_user": ("Uploaded by", ""),
    "api_version": ("Server version", ""),
}

_VERSION_COLUMNS = ("id", "algo_name", "algo_version", "n_objects")


@page(VIEW_IMAGES)
def image_page(request: HttpRequest, pk: int) -> HttpResponse:
    image = get_object_or_404(Image, pk=pk)
    before, after = neighbours(image)
    context = {
        "image": image,
        "name": str(image),
        "before": before,
        "after": after,
        "metadata": [(title, _format(getattr(image, name)), unit) for name, (title, unit) in _METADATA.items()],
        "tuboids": tuboids_seen(image),
        "may_annotate": request.user.has_perm(ANNOTATE),
        "configuration": _configuration(request, image),
    }
    return render_page(request, "image/image.html", f"Image {image.device}", context)


@page(VIEW_IMAGES)
def image_named(request: HttpRequest, name: str) -> HttpResponse:
    """Redirects from the file name of an image to its page."""
    try:
        device, moment = parse_image_name(name)
    except InvalidInput as error:
        raise Http404(error.detail) from error
    image = get_object_or_404(Image.objects.only("pk"), device=device, datetime=moment.replace(tzinfo=UTC))
    return redirect("desk:image", image.pk)


@require_safe
@endpoint(VIEW_IMAGES)
def detections(request: HttpRequest, pk: int) -> HttpResponse:
    """An annotation as it was submitted."""
    text = UIDAnnotation.objects.filter(pk=pk).values_list("json", flat=True).first()
    if text is None:
        raise NotFound("this annotation is not there any more")
    return HttpResponse(text, content_type="application/json", headers={"Cache-Control": "private, max-age=3600"})


@require_POST
@endpoint(VIEW_IMAGES, ANNOTATE)
def corrections(request: HttpRequest, pk: int) -> HttpResponse:
    """Stores `{"annotations": [...]}`; answers what the page lists of a version."""
    image = Image.objects.filter(pk=pk).first()
    if image is None:
        raise NotFound("this image is not there any more")
    user = cast(User, request.user)  # the endpoint has made sure of it
    row = correction_put(
        image=image, objects=read_json(request).get("annotations"), user=user, seconds=int(time.time())
    )
    return json_response({name: value for name, value in row.items() if name in _VERSION_COLUMNS}, status=201)


def _configuration(request: HttpRequest, image: Image) -> dict[str, Any]:
    """What the page's script needs to know; addresses with words in capitals to be replaced."""
    name = str(image)
    tile = reverse("desk:tile", args=[0, 0, 0, name]).replace("/0/0/0/", "/LEVEL/COLUMN/ROW/")
    return {
        "width": image.width,
        "height": image.height,
        "thumbnail": reverse("desk:picture", args=["thumbnail", name]),
        "tile": tile,
        "tileSize": tiles.SIZE,
        "maxLevel": tiles.MAX_LEVEL,
        "detections": reverse("desk:detections", args=[0]).replace("/0", "/ID"),
        "corrections": reverse("desk:corrections", args=[image.pk]),
        "versions": versions(image),
        "image": image.pk,
        "user": request.user.get_username(),
        "login": reverse("admin:login"),
    }


def _format(value: Any) -> Any:
    """Sensors' single precision numbers without the digits that they do not have."""
    return f"{value:.6g}" if isinstance(value, float) else value
