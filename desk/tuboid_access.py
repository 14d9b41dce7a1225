"""Who may see and label tuboids."""

from collections.abc import Callable
from typing import Any

import orjson
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse

from desk.access import View
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown

VIEW_TUBOIDS, LABEL, IMPORT = "tuboids.view_tiledtuboid", "tuboids.add_itclabel", "tuboids.change_taxon"


def page_for(*permissions: str) -> Callable[[View], View]:
    """A page of the admin for those who have these permissions; others get a 403."""
    return lambda view: admin.site.admin_view(permission_required(permissions, raise_exception=True)(view))


def read_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body."""
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON: {error}", code="not_json") from error
    if not isinstance(body, dict):
        raise InvalidInput(f"{shown(body)} is not an object")
    return body


def read_id(body: dict[str, Any], name: str) -> int:
    """The id of a row. Raises InvalidInput where it is none."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise InvalidInput(f"{name!r} is {shown(value)}: it takes the id of a {name}")
    return value


def json_answer(value: Any, *, status: int = 200) -> HttpResponse:
    """JSON that is not to be kept."""
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(orjson.dumps(value), content_type="application/json", headers=headers, status=status)
