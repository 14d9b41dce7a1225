"""Users as `put_users` and `get_users` take them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .errors import InvalidInput
from .filters import Filter, deletion_filters, field_filters
from .formats import shown
from .info import field, parse_each
from .limits import NEW_USERS, USER_PATTERNS
from .records import USERS

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,31}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+", re.ASCII)
MAX_PASSWORD = 256

FILTERS = tuple(column for column in USERS if column not in ("datetime_created", "api_version"))


@dataclass(frozen=True)
class NewUser:
    """A user to be made."""

    username: str
    password: str
    email: str | None
    is_admin: bool
    can_write: bool


@dataclass(frozen=True)
class Actor:
    """Who acts, as far as it matters for what they may do; `id` is None where the user is not a known one."""

    username: str
    is_admin: bool
    can_write: bool
    id: int | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The user of a row; flags that it lacks are those that `put_users` gives by default."""
        fields = dict(row)
        return cls(
            username=field(fields, "username", parse_username),
            is_admin=field(fields, "is_admin", parse_flag, default=False),
            can_write=field(fields, "can_write", parse_flag, default=True),
        )


def parse_actor(client_info: Any) -> Actor | None:
    """Who acts, as the `client_info` of a call says; None where it says nothing."""
    if client_info is None:
        return None
    if not isinstance(client_info, Mapping):
        raise InvalidInput(f"client_info is {shown(client_info)}: it takes a user's row, e.g. {{'username': 'ann'}}")
    try:
        return Actor.of(client_info)
    except InvalidInput as error:
        raise InvalidInput(f"client_info: {error.detail}") from error


def parse_username(value: Any) -> str:
    """A user name in its canonical lower case."""
    username = value.lower() if isinstance(value, str) else ""
    if not _USERNAME.fullmatch(username):
        raise InvalidInput(
            f"{shown(value)} is not a user name: it takes 1 to 32 letters, digits and . _ @ + -, "
            "and starts with a letter or digit"
        )
    return username


def parse_password(value: Any) -> str:
    """A password: never shown in a message."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_PASSWORD or "\0" in value:
        raise InvalidInput(f"a password takes 1 to {MAX_PASSWORD} characters")
    return value


def parse_email(value: Any) -> str | None:
    """An e-mail address; an empty one is none."""
    if value == "":
        return None
    if not isinstance(value, str) or len(value) > 64 or not _EMAIL.fullmatch(value):
        raise InvalidInput(f"{shown(value)} is not an e-mail address of at most 64 characters")
    return value


def parse_flag(value: Any) -> bool:
    """A boolean, also written 0 or 1."""
    if value in (True, False):
        return bool(value)
    raise InvalidInput(f"{shown(value)} is neither true nor false")


def new_users(info: Any) -> list[NewUser]:
    """The users that `info` describes. Raises InvalidInput also where two have the same name."""
    users = parse_each(info, _new_user, most=NEW_USERS)
    seen: dict[str, int] = {}
    for index, user in enumerate(users):
        if user.username in seen:
            detail = f"user {user.username!r} is also info[{seen[user.username]}]"
            raise InvalidInput(f"info[{index}]: {detail}", items=[{"index": index, "detail": detail}])
        seen[user.username] = index
    return users


def _new_user(element: dict[str, Any]) -> NewUser:
    return NewUser(
        username=field(element, "username", parse_username),
        password=field(element, "password", parse_password),
        email=field(element, "email", parse_email, default=None),
        is_admin=field(element, "is_admin", parse_flag, default=False),
        can_write=field(element, "can_write", parse_flag, default=True),
    )


def user_filters(info: Any) -> list[Filter]:
    """`get_users`: what each element asks for; no element means all users."""
    return field_filters(info, FILTERS, most=USER_PATTERNS)


def users_to_delete(info: Any) -> list[Filter]:
    """`delete_users`: what a user has to match in full."""
    return deletion_filters(info, FILTERS, most=USER_PATTERNS)
