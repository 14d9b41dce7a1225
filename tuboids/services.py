"""Writes of tuboids and their series.

How rows and files stay together is said in `stickypi.storage.pending_files`. Rows are locked in one order: series,
tuboids by id, then what refers to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from accounts.models import User
from changes.services import Row, changes_note
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Conflict, Unavailable
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.info import Series
from sticky_pi_api.core.layout import tuboid_keys
from sticky_pi_api.core.records import TuboidSeriesRow
from sticky_pi_api.core.tuboids import ParsedTuboid, already_there, check_room
from sticky_pi_api.core.tuboids import TuboidSeries as SeriesInfo
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.db.errors import CHANGED_MEANWHILE
from stickypi.storage.pending_files import remove_on_commit, store_files
from tuboids import queries
from tuboids.models import TiledTuboid, TuboidSeries
from tuboids.signals import tuboid_stored, tuboids_to_delete

_KEYS_PER_QUERY = 500


class LabelSummary(NamedTuple):
    """What the labels of a tuboid add up to: columns of `TiledTuboid`."""

    n_sources: int
    n_people: int
    differs_at: int | None


def tuboid_put(*, tuboid: ParsedTuboid, user: User) -> TiledTuboid:
    """Stores a tuboid, and the row of its series if it is the first.

    Raises:
        Conflict: it is already there, or its series is full; nothing is changed.
        Unavailable: storage or database away; nothing is stored.
    """
    _refuse_existing(tuboid)
    try:
        return store_files(tuboid.files, lambda: _insert(tuboid, user))
    except IntegrityError as error:
        _refuse_existing(tuboid)
        raise Unavailable(CHANGED_MEANWHILE) from error


@retry_on_deadlock
def series_put(*, series: SeriesInfo, user: User) -> TuboidSeries:
    """Stores the row of a series before its tuboids come, or of one in which nothing was caught.

    Raises:
        Conflict: it is there with other numbers of images or tuboids.
    """
    with transaction.atomic():
        stored = _series(series, user)
    if (stored.n_images, stored.n_tuboids) != (series.n_images, series.n_tuboids):
        raise Conflict(
            f"this series is already there, with {stored.n_images} images and {stored.n_tuboids} tuboids, "
            f"not {series.n_images} and {series.n_tuboids}"
        )
    return stored


@retry_on_deadlock
def series_delete(*, series: Sequence[Series]) -> list[TuboidSeriesRow[str]]:
    """Deletes tuboid series with their tuboids, labels and files. Returns the rows of the series."""
    with transaction.atomic():
        doomed = list(TuboidSeries.objects.select_for_update().filter(queries.lies_within(series)))
        rows = queries.series_rows(doomed)
        _delete([each.pk for each in doomed])
    return rows


@retry_on_deadlock
def series_delete_by_id(*, ids: Sequence[int]) -> None:
    """The same, of given series."""
    with transaction.atomic():
        _delete(list(TuboidSeries.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True)))


@retry_on_deadlock
def tuboids_delete(*, ids: Sequence[int]) -> int:
    """Deletes tuboids with their labels and files. Returns their number."""
    with transaction.atomic():
        locked = TiledTuboid.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        doomed = list(locked.values_list("pk", "tuboid_id"))
        remove_on_commit(key for _, tuboid_id in doomed for key in tuboid_keys(tuboid_id))
        ids = [pk for pk, _ in doomed]
        tuboids_to_delete.send(TiledTuboid, ids=ids)
        _note_gone(doomed)
        TiledTuboid.objects.filter(pk__in=ids).delete()
    return len(doomed)


def tuboids_lock(*, ids: Iterable[int]) -> dict[int, LabelSummary]:
    """Locks tuboids until the transaction ends, in order of id. Returns the summaries of those that are there."""
    locked: dict[int, LabelSummary] = {}
    for chunk in chunker(sorted(set(ids)), _KEYS_PER_QUERY):
        found = TiledTuboid.objects.select_for_update().filter(pk__in=chunk).order_by("pk")
        locked |= {pk: LabelSummary(*summary) for pk, *summary in found.values_list("pk", *LabelSummary._fields)}
    return locked


def label_summaries_store(*, summaries: Mapping[int, LabelSummary]) -> None:
    """Stores summaries of tuboids that are locked: one UPDATE for all that have the same."""
    tuboids: dict[LabelSummary, list[int]] = {}
    for pk, summary in summaries.items():
        tuboids.setdefault(summary, []).append(pk)
    for summary, pks in tuboids.items():
        TiledTuboid.objects.filter(pk__in=pks).update(**summary._asdict())


def _refuse_existing(tuboid: ParsedTuboid) -> None:
    if TiledTuboid.objects.filter(tuboid_id=tuboid.tuboid_id).exists():
        raise already_there(tuboid)


def _insert(tuboid: ParsedTuboid, user: User) -> TiledTuboid:
    series = _series(tuboid.series, user)
    check_room(tuboid, n_stored=series.tuboids.count(), n_tuboids=series.n_tuboids)
    record = _with_aware_datetimes(tuboid.to_record())
    row = TiledTuboid.objects.create(parent_series=series, **user.signature, **record)
    tuboid_stored.send(TiledTuboid, tuboid=row)
    changes_note(kind="tuboid", action="came", rows=[Row(row.pk, series.device, row.tuboid_id)])
    return row


def _series(info: SeriesInfo, user: User) -> TuboidSeries:
    """The row of the series, made if there is none, locked: others that add to it wait, and then count again."""
    record = _with_aware_datetimes(info.to_record())
    sizes = {name: record.pop(name) for name in ("n_images", "n_tuboids")}
    locked = TuboidSeries.objects.select_for_update()
    stored, is_new = locked.get_or_create(**record, defaults={**sizes, **user.signature})
    if is_new:
        changes_note(kind="tuboid-series", action="came", rows=[_changed_series(stored)])
    return stored


def _delete(series_ids: Sequence[int]) -> None:
    tuboids = TiledTuboid.objects.select_for_update().filter(parent_series__in=series_ids).order_by("pk")
    doomed = list(tuboids.values_list("pk", "tuboid_id"))
    remove_on_commit(key for _, tuboid_id in doomed for key in tuboid_keys(tuboid_id))
    tuboids_to_delete.send(TiledTuboid, ids=[pk for pk, _ in doomed])
    _note_gone(doomed)
    gone = TuboidSeries.objects.filter(pk__in=series_ids).order_by("pk")
    changes_note(kind="tuboid-series", action="went", rows=[_changed_series(series) for series in gone])
    TuboidSeries.objects.filter(pk__in=series_ids).delete()


def _note_gone(doomed: Sequence[tuple[int, str]]) -> None:
    rows = [Row(pk, tuboid_id.partition(".")[0], tuboid_id) for pk, tuboid_id in doomed]
    changes_note(kind="tuboid", action="went", rows=rows)


def _changed_series(series: TuboidSeries) -> Row:
    return Row(series.pk, series.device, f"{series.device}.{_text(series.start_datetime)}.{_text(series.end_datetime)}")


def _text(moment: datetime) -> str:
    return format_datetime(moment.replace(tzinfo=None))


def _with_aware_datetimes(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in record.items()}
