"""Detections of an image that were corrected by hand."""

import time
from typing import cast

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.models import User
from desk.access import ANNOTATE, VIEW, endpoint
from desk.corrections import correction_put
from images.models import Image
from sticky_pi_api.core.errors import InvalidInput, NotFound

_COLUMNS = ("id", "algo_name", "algo_version", "n_objects")


@require_POST
@endpoint(VIEW, ANNOTATE)
def corrections(request: HttpRequest, pk: int) -> HttpResponse:
    """Stores `{"annotations": [...]}`; answers what the page lists of a version."""
    image = Image.objects.filter(pk=pk).first()
    if image is None:
        raise NotFound("this image is not there any more")
    user = cast(User, request.user)  # the endpoint has made sure of it
    row = correction_put(image=image, objects=_read_objects(request), user=user, seconds=int(time.time()))
    return JsonResponse({name: row[name] for name in _COLUMNS}, status=201)


def _read_objects(request: HttpRequest) -> object:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON: {error}", code="not_json") from error
    return body.get("annotations") if isinstance(body, dict) else None
