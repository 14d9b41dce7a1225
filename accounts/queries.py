"""Reads of users."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import User
from sticky_pi_api.core import records
from sticky_pi_api.core.users import FILTERS
from stickypi.db.rows import fetch_chunks

_FLAGS = ("is_admin", "can_write")
_NOT_TEXT = ("id", *_FLAGS)


def users(*, filters: Sequence[dict[str, str]], seen_by: User) -> Iterator[list[dict[str, Any]]]:
    """Rows of the users that match any of the filters (field -> LIKE pattern); without `is_admin`, one's own only."""
    found = _matching(filters)
    if not seen_by.is_admin:
        found = found.filter(pk=seen_by.pk)
    for chunk in fetch_chunks(found.order_by("id"), *User.wire_columns()):
        yield [_record(row) for row in chunk]


def user_rows(made: Sequence[User]) -> list[dict[str, Any]]:
    """Rows of given users."""
    found = User.objects.filter(pk__in=[user.pk for user in made]).order_by("id")
    return [_record(row) for chunk in fetch_chunks(found, *User.wire_columns()) for row in chunk]


def _record(row: tuple[Any, ...]) -> dict[str, Any]:
    record = dict(zip(records.USERS, row, strict=True))
    return {**record, **{flag: bool(record[flag]) for flag in _FLAGS}}


def _matching(filters: Sequence[dict[str, str]]) -> QuerySet[User]:
    as_text = {f"{name}_text": Cast(name, CharField()) for name in _NOT_TEXT}
    return User.objects.annotate(**as_text).filter(reduce(or_, (_matches(patterns) for patterns in filters)))


def _matches(patterns: dict[str, str]) -> Q:
    """Any field that is asked for matches; all users where none is."""
    conditions = [
        Q(**{f"{name}_text__like" if name in _NOT_TEXT else f"{name}__like": pattern})
        for name, pattern in patterns.items()
        if name in FILTERS
    ]
    return reduce(or_, conditions) if conditions else Q()
