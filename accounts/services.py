"""Writes of users; verification of passwords; tokens."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db import IntegrityError, transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts import roles
from accounts.models import User
from sticky_pi_api.core.errors import Conflict, NotAuthenticated, Throttled
from sticky_pi_api.core.users import NewUser

_VERIFIED_SECONDS = 300
_FAILURES, _FAILURES_SECONDS = 20, 60
_WRONG = "wrong user name or password"


def user_create(
    *,
    username: str,
    password: str,
    email: str | None = None,
    is_admin: bool = False,
    can_write: bool = True,
    user: User | None = None,
) -> User:
    """Makes one user. Raises Conflict if the name is taken."""
    new = NewUser(username.lower(), password, email, is_admin, can_write)
    return users_create(new_users=[new], user=user)[0]


def users_create(*, new_users: Sequence[NewUser], user: User | None) -> list[User]:
    """Makes users, all or none. Raises Conflict, blaming those whose names are taken."""
    made_by = user.username if user else None
    # Hashing takes its time on purpose: not within the transaction.
    passwords = [make_password(new.password) for new in new_users]
    try:
        with transaction.atomic():
            _refuse_taken(new_users)
            users = [_create(new, password, made_by) for new, password in zip(new_users, passwords, strict=True)]
            roles.join_groups(users)
            return users
    except IntegrityError:
        _refuse_taken(new_users)
        raise


def _create(new: NewUser, encoded_password: str, made_by: str | None) -> User:
    return User.objects.create(
        username=new.username,
        password=encoded_password,
        email=new.email,
        is_admin=new.is_admin,
        can_write=new.can_write,
        api_user=made_by,
    )


def _refuse_taken(new_users: Sequence[NewUser]) -> None:
    taken = set(
        User.objects.filter(username__in=[new.username for new in new_users]).values_list("username", flat=True)
    )
    if items := [
        {"index": index, "detail": f"user {new.username!r} is already there"}
        for index, new in enumerate(new_users)
        if new.username in taken
    ]:
        raise Conflict("; ".join(str(item["detail"]) for item in items), items=items)


def verify_password(*, username: str, password: str, address: str) -> User:
    """The user with this name and password.

    A verified pair is remembered for some minutes under a keyed hash: harvesters send it with each image, and a
    password hash is slow on purpose. It counts only while the stored hash is the one it was verified against.

    Raises:
        NotAuthenticated: there is none.
        Throttled: too many wrong passwords for that name from that address.
    """
    user = User.objects.filter(username=username.lower(), is_active=True).first()
    verified = f"verified:{_keyed(username.lower(), password)}"
    if user is not None and cache.get(verified) == user.password:
        return user
    failures = f"failures:{_keyed(username.lower(), address)}"
    if cache.get(failures, 0) >= _FAILURES:
        raise Throttled(f"too many wrong passwords: wait {_FAILURES_SECONDS} s")
    # A hash is computed for unknown names too: the time must not tell which names there are.
    if not check_password(password, user.password if user else _unusable_hash()) or user is None:
        cache.set(failures, cache.get(failures, 0) + 1, _FAILURES_SECONDS)
        raise NotAuthenticated(_WRONG)
    cache.set(verified, user.password, _VERIFIED_SECONDS)
    return user


def _keyed(*parts: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), "\0".join(parts).encode(), "sha256").hex()


def _unusable_hash() -> str:
    """A hash of the usual cost that no password has."""
    encoded = cache.get("unusable_hash") or make_password(hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest())
    cache.set("unusable_hash", encoded, None)
    return encoded


def token_create(*, user: User) -> dict[str, Any]:
    """`{'token': str, 'expiration': unix seconds}`."""
    token = AccessToken.for_user(user)
    token["generation"] = user.token_generation
    return {"token": str(token), "expiration": token["exp"]}


def verify_token(*, token: str) -> User:
    """The user whose token this is. Raises NotAuthenticated if it is none of ours, expired or revoked."""
    try:
        claims = AccessToken(token)  # type: ignore[arg-type]
    except TokenError as error:
        raise NotAuthenticated("the token is invalid or has expired: get a new one", code="bad_token") from error
    user = User.objects.filter(pk=claims["user_id"], is_active=True).first()
    if user is None or claims.get("generation") != user.token_generation:
        raise NotAuthenticated("the token has been revoked: get a new one", code="bad_token")
    return user


def tokens_revoke(*, user: User) -> None:
    """Ends all tokens of a user."""
    user.token_generation += 1
    user.save(update_fields=["token_generation"])


def after_migrate(**kwargs: Any) -> None:
    """Makes the groups, and the administrator that the environment names if there is none of that name."""
    roles.make_groups()
    admin = settings.CONFIGURATION.admin
    if admin and not User.objects.filter(username=admin[0].lower()).exists():
        user_create(username=admin[0], password=admin[1], is_admin=True)
