"""Reads of changes."""

from typing import NamedTuple

from changes.models import Change, ChangeCounter
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.like import matcher


class Page(NamedTuple):
    """Changes, the number up to which they were looked for, and whether there are more beyond it."""

    changes: list[Change]
    last: int
    has_more: bool


def changes_since(*, since: int | None, most: int, kinds: tuple[str, ...] = (), device: str = "%") -> Page:
    """The next `most` changes after a number; of these, those of some kinds and devices. None: the last number only.

    Raises InvalidInput: the number is beyond the last one.
    """
    counter = ChangeCounter.objects.filter(pk=1).first()
    newest = counter.last if counter else 0
    if since is None:
        return Page([], newest, False)
    if since > newest:
        raise InvalidInput(
            f"since={since}: the last change is {newest}. The database is not the one that was read: read all anew"
        )
    found = list(Change.objects.filter(pk__gt=since, pk__lte=newest).order_by("pk")[:most])
    last, matches = (found[-1].pk if found else since), matcher(device)
    asked = [change for change in found if matches(change.device) and (not kinds or change.kind in kinds)]
    return Page(asked, last, last < newest)
