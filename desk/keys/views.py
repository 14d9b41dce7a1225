"""Keys of devices: makes, shows once, rotates and revokes them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.device_keys import key_create, key_revoke, key_rotate, parse_new_key
from accounts.models import DeviceKey, User
from desk.http import MAKE_KEYS, page, render_page, user_of
from desk.keys.configuration import configuration
from desk.project.access import sentence
from sticky_pi_api.core.errors import APIError, InvalidInput
from sticky_pi_api.core.formats import shown

_PER_PAGE = 50
_KEPT_HOURS = {0: "ends at once", 24: "stays good for a day", 168: "stays good for a week"}


@sensitive_variables("made", "context")
@never_cache
@require_http_methods(["GET", "POST"])
@page(MAKE_KEYS)
def keys_page(request: HttpRequest) -> HttpResponse:
    """The list. What POST makes is shown in its answer, and nowhere else."""
    context: dict[str, Any] = {"kept_hours": _KEPT_HOURS}
    if request.method == "POST":
        try:
            made = _act(request.POST, user_of(request))
        except APIError as error:
            messages.error(request, sentence(error))
            context["entered"] = request.POST
        else:
            if made is None:
                messages.success(request, "The key has been revoked: it is refused from now on.")
                return redirect("desk:keys")
            row, key = made
            context |= {"made": row, **configuration(request.build_absolute_uri("/")[:-1], row, key)}
    context["rows"] = Paginator(DeviceKey.objects.order_by("-pk"), _PER_PAGE).get_page(request.GET.get("page"))
    return render_page(request, "keys/keys.html", "Device keys", context)


def _act(form: Mapping[str, str], user: User) -> tuple[DeviceKey, str] | None:
    """Does what the button says. Returns the key that it made, if any."""
    if "revoke" in form:
        key_revoke(pk=_number(form["revoke"]), user=user)
        return None
    if "rotate" in form:
        return key_rotate(pk=_number(form["rotate"]), user=user, keep_hours=_number(form.get("keep_hours", "0")))
    return key_create(
        new=parse_new_key({name: form.get(name, "") for name in ("name", "devices", "expires")}), user=user
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise InvalidInput(f"{shown(text)} is not a number: load the page again")
    return int(text)
