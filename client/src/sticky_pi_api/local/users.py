"""Users of a folder: names and flags only, for a folder has no password."""

import secrets
import time

from ..core import users
from ..core.errors import Conflict
from ..core.info import refuse
from ..types import MetadataType, Token
from .store import Store

_TOKEN_SECONDS = 24 * 3600


def get_token() -> Token:
    """A token of the usual form; a folder asks for none."""
    return {"token": secrets.token_urlsafe(24), "expiration": int(time.time()) + _TOKEN_SECONDS}


def get_users(store: Store, info: object) -> MetadataType:
    """Users that match."""
    filters = users.user_filters(info)
    with store.reading() as rows:
        return [row for row in rows.all("users") if users.matches(row, filters)]


def put_users(store: Store, info: object) -> MetadataType:
    """Makes users, all or none; their passwords are checked for form and not kept."""
    new = users.new_users(info)
    names = [user.username for user in new]
    with store.writing() as rows:
        taken = {row["username"] for row in rows.where("users", "username", names)}
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
        rows.insert("users", made)
        return rows.where("users", "username", names)
