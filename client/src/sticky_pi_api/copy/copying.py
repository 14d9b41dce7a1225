"""`copy`: from one client's place to another's, kind by kind."""

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ..base import BaseClient
from ..core.errors import InvalidInput
from ..core.formats import parse_datetime, shown
from ..core.like import check_pattern
from .annotations import copy_annotations
from .bundles import copy_bundles
from .images import copy_images
from .places import Asked, place_of, spool_of
from .result import CopyResult, Report
from .tasks import Task
from .tuboids import copy_tuboids

WHATS = ("images", "annotations", "tuboids", "labels", "bundles")
_EARLIEST, _LATEST = datetime(1970, 1, 1), datetime(2200, 1, 1)


def copy(
    source: BaseClient,
    target: BaseClient,
    *,
    device: str = "%",
    start_datetime: Any = None,
    end_datetime: Any = None,
    what: Sequence[str] = WHATS,
    n_threads: int = 8,
) -> CopyResult:
    """Copies what is not at the target yet, each file checked by its md5; nothing there is overwritten.

    It may be interrupted, or killed, at any moment: what has arrived is not fetched again. Files of a folder that have
    been damaged, or removed, are fetched anew. Memory is bounded: it goes device by device, a month at a time. New rows
    have ids of the target, whose user wrote them; projects, users and deletions are not copied.

    Args:
        source, target: clients of two places: a `LocalClient` or a `RemoteClient` each.
        device: a LIKE pattern; `%` is any run of characters, `_` any one.
        start_datetime, end_datetime: UTC, the end not included; None: from the first, to the last. Of tuboids those
            whose series lies within, both ends included. Bundles have neither device nor datetime: all are copied.
        what: any of `WHATS`. Annotations take the images, and labels the tuboids, that are at the target or copied with
            them.
        n_threads: how many files are transferred at once.

    Returns:
        What was copied, what was there already, and what could not be: see CopyResult.

    Raises:
        InvalidInput: an argument is wrong, or source and target are the same place.
        PermissionDenied: the target's user may not write.
        Unavailable: a place is away, or a disk is full; run it again to go on.
    """
    asked = Asked(check_pattern(device), _moment(start_datetime, _EARLIEST), _moment(end_datetime, _LATEST))
    wanted = _check_whats(what)
    places = place_of(source), place_of(target)
    if str(places[0]) == str(places[1]):
        raise InvalidInput(f"{places[0]} would be copied to itself")
    spool = spool_of(*places)
    with Report() as report:
        task = Task(*places, asked, wanted, spool, report, n_threads)
        for copy_kind in _steps(wanted):
            copy_kind(task)
    shutil.rmtree(spool, ignore_errors=True)
    return report.result


def _steps(wanted: Sequence[str]) -> list[Callable[[Task], None]]:
    steps: list[Callable[[Task], None]] = []
    if "images" in wanted:
        steps.append(copy_images)
    if "annotations" in wanted:
        steps.append(copy_annotations)
    if "tuboids" in wanted or "labels" in wanted:
        steps.append(copy_tuboids)
    if "bundles" in wanted:
        steps.append(copy_bundles)
    return steps


def _check_whats(what: Sequence[str]) -> list[str]:
    names = [what] if isinstance(what, str) else list(what)
    if unknown := [name for name in names if name not in WHATS]:
        raise InvalidInput(f"what={shown(unknown[0])} is unknown: it takes some of {', '.join(WHATS)}")
    return names


def _moment(value: Any, default: datetime) -> datetime:
    return default if value is None else parse_datetime(value)
