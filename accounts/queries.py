"""Reads of users."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import User
from sticky_pi_api.core.records import UserRow
from sticky_pi_api.core.users import FILTERS
from stickypi.db.rows import fetch_rows

_NOT_TEXT = ("id", "is_admin", "can_write")


def users(*, filters: Sequence[dict[str, str]], seen_by: User) -> Iterator[list[UserRow[str]]]:
    """Rows of the users that match any of the filters (field -> LIKE pattern); who is no admin sees their own."""
    found = _matching(filters)
    if not seen_by.is_admin:
        found = found.filter(pk=seen_by.pk)
    yield from fetch_rows(found.order_by("id"), UserRow[str])


def user_rows(made: Sequence[User]) -> list[UserRow[str]]:
    """Rows of given users."""
    found = User.objects.filter(pk__in=[user.pk for user in made]).order_by("id")
    return [row for chunk in fetch_rows(found, UserRow[str]) for row in chunk]


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
