"""Users of a folder: names and flags only, for a folder has no password."""

import secrets
import time
from dataclasses import replace
from datetime import datetime

from ..core import users
from ..core.errors import Conflict, InvalidInput, NotAuthenticated
from ..core.filters import matches, matches_fully
from ..core.info import refuse
from ..core.records import UserRow
from ..core.users import Actor
from ..types import ClientInfo, Token
from .schema import USERS
from .store import Store

_TOKEN_SECONDS = 24 * 3600


def actor(store: Store, client_info: ClientInfo | None) -> Actor | None:
    """Who acts; what the folder knows of the user of that name counts for more than what `client_info` says."""
    given = users.parse_actor(client_info)
    if given is None:
        return None
    with store.reading() as rows:
        known = rows.where(USERS, "username", [given.username])
        deleted = {row["id"] for row in rows.where(USERS, "is_active", [0])}
    if any(row["id"] in deleted for row in known):
        raise NotAuthenticated(f"client_info: user {given.username!r} has been deleted")
    return replace(Actor.of(known[0]), id=known[0]["id"]) if known else given


def get_token() -> Token:
    """A token of the usual form; a folder asks for none."""
    return {"token": secrets.token_urlsafe(24), "expiration": int(time.time()) + _TOKEN_SECONDS}


def get_users(store: Store, info: object) -> list[UserRow[datetime]]:
    """Users that match; who is no administrator sees their own row."""
    asked = users.user_filters(info)
    with store.reading() as rows:
        found = [row for row in rows.where(USERS, "is_active", [1]) if matches(row, asked)]
    if store.actor is None or store.actor.is_admin:
        return found
    return [row for row in found if row["username"] == store.actor.username]


def put_users(store: Store, info: object) -> list[UserRow[datetime]]:
    """Makes users, all or none; their passwords are checked for form and not kept."""
    new = users.new_users(info)
    names = [user.username for user in new]
    with store.writing() as rows:
        taken = {row["username"] for row in rows.where(USERS, "username", names)}
        items = [
            {"index": index, "detail": f"user {name!r} is already there"}
            for index, name in enumerate(names)
            if name in taken
        ]
        refuse(Conflict, items, of=len(new))
        made = [
            {"username": user.username, "email": user.email, "is_admin": user.is_admin, "can_write": user.can_write}
            for user in new
        ]
        rows.insert(USERS, made)
        return rows.where(USERS, "username", names)


def delete_users(store: Store, info: object) -> list[UserRow[datetime]]:
    """Users that match in full can act no longer; their rows stay."""
    asked = users.users_to_delete(info)
    with store.writing() as rows:
        found = [row for row in rows.where(USERS, "is_active", [1]) if matches_fully(row, asked)]
        if store.actor and any(row["id"] == store.actor.id for row in found):
            name = store.actor.username
            raise InvalidInput(f"{name!r} would be among them: nobody can delete themselves, and nobody was")
        rows.update(USERS, [{"id": row["id"], "is_active": False} for row in found])
    return found
