"""Writes of tuboids, their series and their labels.

How rows and files stay together is said in `stickypi.storage.pending_files`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from sticky_pi_api.core.info import Series
from sticky_pi_api.core.labels import NewLabel, match_tuboids, refuse_stored
from sticky_pi_api.core.layout import tuboid_keys
from sticky_pi_api.core.tuboids import ParsedTuboid, already_there, check_room
from stickypi.storage.pending_files import remove_on_commit, storing
from tuboids import opinions, queries
from tuboids.models import ITCLabel, Standing, TiledTuboid, TuboidSeries

_ROWS_PER_INSERT = 500


def tuboid_put(*, tuboid: ParsedTuboid, user: User) -> TiledTuboid:
    """Stores a tuboid, and the row of its series if it is the first.

    Raises:
        Conflict: it is already there, or its series is full; nothing is changed.
        Unavailable: storage or database away; nothing is stored.
    """
    _refuse_existing(tuboid)
    try:
        with storing(tuboid.files):
            return _insert(tuboid, user)
    except IntegrityError:
        _refuse_existing(tuboid)
        raise


def series_delete(*, series: Sequence[Series]) -> list[dict[str, Any]]:
    """Deletes tuboid series with their tuboids, labels and files. Returns the rows of the series."""
    with transaction.atomic():
        doomed = list(TuboidSeries.objects.select_for_update().filter(queries.lies_within(series)))
        rows = queries.series_rows(doomed)
        _delete([each.pk for each in doomed])
    return rows


def series_delete_by_id(*, ids: Sequence[int]) -> None:
    """The same, of given series."""
    with transaction.atomic():
        _delete(list(TuboidSeries.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True)))


def tuboids_delete(*, ids: Sequence[int]) -> int:
    """Deletes tuboids with their labels and files. Returns their number."""
    with transaction.atomic():
        doomed = list(TiledTuboid.objects.select_for_update().filter(pk__in=ids).values_list("pk", "tuboid_id"))
        remove_on_commit(key for _, tuboid_id in doomed for key in tuboid_keys(tuboid_id))
        TiledTuboid.objects.filter(pk__in=[pk for pk, _ in doomed]).delete()
    return len(doomed)


def labels_put(*, new_labels: Sequence[NewLabel], user: User) -> list[ITCLabel]:
    """Stores labels, all or none.

    Raises:
        InvalidInput: a tuboid is not there.
        Conflict: a tuboid already has a label of that algorithm and version.
    """
    try:
        with transaction.atomic():
            parents = _checked(new_labels)
            rows = [
                ITCLabel(parent_tuboid_id=parent, api_user=user.username, **new.to_record())
                for new, parent in zip(new_labels, parents, strict=True)
            ]
            stored = ITCLabel.objects.bulk_create(rows, batch_size=_ROWS_PER_INSERT)
            opinions.refresh(parents)
            return stored
    except IntegrityError:
        _checked(new_labels)  # says what came or went in the meantime
        raise


def labels_delete(*, ids: Sequence[int]) -> int:
    """Deletes labels. Returns their number."""
    with transaction.atomic():
        doomed = ITCLabel.objects.select_for_update().filter(pk__in=ids)
        tuboids = list(doomed.values_list("parent_tuboid_id", flat=True))
        ITCLabel.objects.filter(pk__in=ids).delete()
        opinions.refresh(tuboids)
    return len(tuboids)


def _refuse_existing(tuboid: ParsedTuboid) -> None:
    if TiledTuboid.objects.filter(tuboid_id=tuboid.tuboid_id).exists():
        raise already_there(tuboid)


def _insert(tuboid: ParsedTuboid, user: User) -> TiledTuboid:
    series = _series(tuboid, user)
    check_room(tuboid, n_stored=series.tuboids.count(), n_tuboids=series.n_tuboids)
    record = _with_aware_datetimes(tuboid.to_record())
    made = TiledTuboid.objects.create(parent_series=series, api_user=user.username, **record)
    Standing.objects.create(tuboid=made)
    return made


def _series(tuboid: ParsedTuboid, user: User) -> TuboidSeries:
    """The row of the series, made if there is none, locked: others that add to it wait, and then count again."""
    record = _with_aware_datetimes(tuboid.series.to_record())
    sizes = {name: record.pop(name) for name in ("n_images", "n_tuboids")}
    series, _ = TuboidSeries.objects.get_or_create(**record, defaults={**sizes, "api_user": user.username})
    return TuboidSeries.objects.select_for_update().get(pk=series.pk)


def _delete(series_ids: Sequence[int]) -> None:
    tuboids = TiledTuboid.objects.filter(parent_series__in=series_ids).values_list("tuboid_id", flat=True)
    remove_on_commit(key for tuboid_id in list(tuboids) for key in tuboid_keys(tuboid_id))
    TuboidSeries.objects.filter(pk__in=series_ids).delete()


def _checked(new_labels: Sequence[NewLabel]) -> list[int]:
    """The id of the tuboid of each label."""
    parents = match_tuboids(new_labels, queries.ids([new.tuboid_id for new in new_labels]))
    refuse_stored(new_labels, parents, queries.stored_labels(sorted(set(parents))))
    return parents


def _with_aware_datetimes(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in record.items()}
