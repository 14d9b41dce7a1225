"""Reads of users."""

from collections.abc import Iterator, Sequence

from accounts.models import User
from sticky_pi_api.core.filters import Filter, matches
from sticky_pi_api.core.records import UserRow
from stickypi.db.rows import fetch_rows


def users(*, filters: Sequence[Filter], seen_by: User) -> Iterator[list[UserRow[str]]]:
    """Rows of the users that match any of the filters, those that may sign in; who is no admin sees their own."""
    found = User.objects.filter(is_active=True).order_by("id")
    if not seen_by.is_admin:
        found = found.filter(pk=seen_by.pk)
    for rows in fetch_rows(found, UserRow[str]):
        yield [row for row in rows if matches(row, filters)]


def user_rows(made: Sequence[User]) -> list[UserRow[str]]:
    """Rows of given users."""
    found = User.objects.filter(pk__in=[user.pk for user in made]).order_by("id")
    return [row for chunk in fetch_rows(found, UserRow[str]) for row in chunk]
