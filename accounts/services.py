"""Writes of users."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import queries, roles
from accounts.models import User
from sticky_pi_api.core.errors import Conflict, InvalidInput
from sticky_pi_api.core.filters import Filter, matches_fully
from sticky_pi_api.core.records import UserRow
from sticky_pi_api.core.users import NewUser


def user_create(
    *,
    username: str,
    password: str,
    email: str | None = None,
    is_admin: bool = False,
    can_write: bool = True,
    user: User | None = None,
) -> User:
    """Creates one user. Raises Conflict if the name is taken."""
    new = NewUser(username.lower(), password, email, is_admin, can_write)
    return users_create(new_users=[new], user=user)[0]


def users_create(*, new_users: Sequence[NewUser], user: User | None) -> list[User]:
    """Creates users, all or none. Raises Conflict; its `items` are those whose names are taken."""
    # Hashing takes its time on purpose: not within the transaction.
    rows = [
        User(
            username=new.username,
            password=make_password(new.password),
            email=new.email,
            is_admin=new.is_admin,
            can_write=new.can_write,
            **(user.signature if user else {}),
        )
        for new in new_users
    ]
    try:
        with transaction.atomic():
            _refuse_taken(new_users)
            for row in rows:
                row.save(force_insert=True)
            roles.join_groups(rows)
    except IntegrityError:
        _refuse_taken(new_users)
        raise
    return rows


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


def users_delete(*, filters: Sequence[Filter], user: User) -> list[UserRow[str]]:
    """Keeps the users that match a filter in full from signing in again; their rows stay. Returns them.

    Raises:
        InvalidInput: the caller would be among them.
    """
    with transaction.atomic():
        known = [row for rows in queries.users(filters=[{}], seen_by=user) for row in rows]
        rows = [row for row in known if matches_fully(row, filters)]
        if any(row["id"] == user.pk for row in rows):
            raise InvalidInput(f"{user.username!r} would be among them: nobody can delete themselves, and nobody was")
        ids = [row["id"] for row in rows]
        User.objects.filter(pk__in=ids).update(is_active=False, token_generation=F("token_generation") + 1)
    return rows


def after_migrate(**kwargs: Any) -> None:
    """Creates the groups, and the administrator that the environment names unless that user exists."""
    roles.make_groups()
    admin = settings.CONFIGURATION.admin
    if admin and not User.objects.filter(username=admin[0].lower()).exists():
        user_create(username=admin[0], password=admin[1], is_admin=True)
