"""The page about oneself: rights, token, password."""

import datetime as dt

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.tokens import token_create, tokens_revoke


@sensitive_variables("token", "context")
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """`/admin/profile/`: POST `make` shows a new token, once; POST `revoke` ends all of them."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - admin_view lets nobody else in
    if "revoke" in request.POST:
        tokens_revoke(user=user)
        messages.success(request, "All your tokens have been revoked.")
        return redirect("profile")
    context = {
        **admin.site.each_context(request),
        "title": "Profile and token",
        "groups": user.groups.order_by("name"),
        "token_days": settings.TOKEN_CHAIN_LIFETIME.days,
    }
    if "make" in request.POST:
        token = token_create(user=user)
        context |= {"token": token["token"], "expires": dt.datetime.fromtimestamp(token["expiration"], dt.UTC)}
    return TemplateResponse(request, "accounts/profile.html", context)
