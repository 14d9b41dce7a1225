"""Reads of users."""

from collections.abc import Iterator, Sequence

from accounts.models import User
from sticky_pi_api.core.records import UserRow
from sticky_pi_api.core.users import matches
from stickypi.db.rows import fetch_rows


def users(*, filters: Sequence[dict[str, str]], seen_by: User) -> Iterator[list[UserRow[str]]]:
    """Rows of the users that match any of the filters (field -> LIKE pattern); without `is_admin`, one's own only."""
    found = User.objects.order_by("id")
    if not seen_by.is_admin:
        found = found.filter(pk=seen_by.pk)
    for rows in fetch_rows(found, UserRow[str]):
        yield [row for row in rows if matches(row, filters)]


def user_rows(made: Sequence[User]) -> list[UserRow[str]]:
    """Rows of given users."""
    found = User.objects.filter(pk__in=[user.pk for user in made]).order_by("id")
    return [row for chunk in fetch_rows(found, UserRow[str]) for row in chunk]
