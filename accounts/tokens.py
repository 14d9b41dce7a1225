"""Tokens: JWTs that stand for user name and password.

A token may be exchanged for a new one, but not for ever: all that descend from one sign-in carry its time (`auth_time`)
and end `settings.TOKEN_CHAIN_LIFETIME` after it. A new password, or `tokens_revoke`, ends all tokens of a user at once.
"""

import re
import time
from typing import Any

from django.conf import settings
from django.db.models import F
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from sticky_pi_api.core.errors import NotAuthenticated

_USER_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def token_create(*, user: User, renewed: AccessToken | None = None) -> dict[str, Any]:
    """`{'token': str, 'expiration': unix seconds}`.

    Args:
        user: whose token it is.
        renewed: the token that the user has signed in with, if it was not a password.
    """
    token = AccessToken.for_user(user)
    token["generation"] = user.token_generation
    token["auth_time"] = renewed["auth_time"] if renewed else token["iat"]
    token["exp"] = min(token["exp"], token["auth_time"] + int(settings.TOKEN_CHAIN_LIFETIME.total_seconds()))
    return {"token": str(token), "expiration": token["exp"]}


def verify_token(*, token: str) -> tuple[User, AccessToken]:
    """The user whose token this is, and what it says. Raises NotAuthenticated if it is not ours, expired or revoked."""
    try:
        claims = AccessToken(token)  # type: ignore[arg-type]
    except (TokenError, ValueError, OverflowError, OSError) as error:  # all but the first: impossible times
        raise NotAuthenticated("the token is invalid or has expired: get a new one", code="bad_token") from error
    user = _user(claims.get("user_id"))
    if user is None or claims.get("generation") != user.token_generation or not _is_within_chain(claims):
        raise NotAuthenticated("the token has been revoked: get a new one", code="bad_token")
    return user, claims


def _user(user_id: Any) -> User | None:
    if not (isinstance(user_id, str) and _USER_ID.fullmatch(user_id)):
        return None
    return User.objects.filter(pk=int(user_id), is_active=True).first()


def _is_within_chain(claims: AccessToken) -> bool:
    auth_time = claims.get("auth_time")
    return isinstance(auth_time, int) and time.time() < auth_time + settings.TOKEN_CHAIN_LIFETIME.total_seconds()


def tokens_revoke(*, user: User) -> None:
    """Ends all tokens of a user."""
    User.objects.filter(pk=user.pk).update(token_generation=F("token_generation") + 1)
