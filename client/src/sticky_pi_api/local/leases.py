"""Leases of a folder's images and tuboids, as `work/` of the server has them."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core.errors import InvalidInput
from ..core.formats import shown
from ..core.series import Range
from ..core.work import FAILURES, IMAGES, TUBOIDS, Held, LeaseState, refuse_lost
from .store import Rows, flat


@dataclass(frozen=True)
class _Kind:
    """Its tables: of leases, items and results; the column of results with the item; what has device and datetime."""

    leases: str
    items: str
    results: str
    parent: str
    series: str
    device: str
    moment: str


_KINDS = {
    IMAGES: _Kind("image_leases", "images", "uid_annotations", "parent_image_id", "images", "device", "datetime"),
    TUBOIDS: _Kind(
        *("tuboid_leases", "tiled_tuboids", "itc_labels", "parent_tuboid_id"),
        "tiled_tuboids JOIN tuboid_series series ON series.id = parent_series_id",
        "series.device",
        "tiled_tuboids.start_datetime",
    ),
}
_IN_RANGES = """SELECT {items}.id FROM {series} JOIN json_each(:ranges) asked
    ON {device} = json_extract(asked.value, '$[0]')
    AND {moment} >= json_extract(asked.value, '$[1]') AND {moment} < json_extract(asked.value, '$[2]')"""
_OPEN = """SELECT items.id FROM {items} items
    LEFT JOIN {leases} lease ON lease.item_id = items.id AND lease.algo_name = :name AND lease.algo_version = :version
    WHERE items.id IN ({in_ranges}) AND (lease.id IS NULL OR lease.state = 'held' AND lease.ends <= :now)
    AND NOT EXISTS (SELECT 1 FROM {results}
        WHERE {parent} = items.id AND algo_name = :name AND algo_version = :version)
    ORDER BY lease.id IS NULL, items.id LIMIT :most"""
_GIVE = """INSERT INTO {leases}
    (item_id, algo_name, algo_version, state, token, holder, ends, attempts, failures, reason, datetime_created,
     api_version)
    SELECT value, :name, :version, 'held', :token, :holder, :ends, 1, 0, '', :now, '' FROM json_each(:ids) WHERE true
    ON CONFLICT (item_id, algo_name, algo_version) DO UPDATE
    SET state = 'held', token = :token, holder = :holder, ends = :ends, attempts = attempts + 1"""
_N_HELD = """SELECT count(*) FROM {leases} WHERE algo_name = :name AND algo_version = :version AND state = 'held'
    AND ends > :now AND token <> :token AND item_id IN ({in_ranges})"""
_ENDED = """UPDATE {leases} SET state = 'done', ends = :now WHERE algo_name = :name AND algo_version = :version
    AND item_id IN (SELECT value FROM json_each(:ids))"""
_OF_ITEMS = """SELECT item_id, token, holder, ends, state, reason FROM {leases}
    WHERE algo_name = :name AND algo_version = :version AND item_id IN (SELECT value FROM json_each(:ids))"""


def now() -> datetime:
    """UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def take(
    rows: Rows,
    kind: str,
    ranges: Mapping[str, Sequence[Range]],
    algorithm: tuple[str, str],
    *,
    most: int,
    length: timedelta,
    holder: str,
) -> tuple[str, datetime, list[int], int]:
    """Leases items: those whose lease has ended, then new ones. Returns token, end, ids, and how many others have."""
    token, moment = f"{kind}-{secrets.token_hex(16)}", now()
    asked = {
        **dict(zip(("name", "version"), algorithm, strict=True)),
        "ranges": [list(each) for each in flat(ranges)],
        "now": moment,
        "most": most,
        "token": token,
    }
    ids = [pk for (pk,) in rows.ask(_sql(kind, _OPEN), asked)]
    give(rows, kind, ids, algorithm, token=token, ends=moment + length, holder=holder)
    n_held = rows.ask(_sql(kind, _N_HELD), asked).fetchone()[0] if len(ids) < most else 0
    return token, moment + length, sorted(ids), n_held


def give(
    rows: Rows, kind: str, ids: Sequence[int], algorithm: tuple[str, str], *, token: str, ends: datetime, holder: str
) -> None:
    """Makes a worker the holder of items."""
    given = {"ids": list(ids), "token": token, "holder": holder, "ends": ends, "now": now()}
    rows.ask(_sql(kind, _GIVE), {**given, **dict(zip(("name", "version"), algorithm, strict=True))})


def extend(rows: Rows, held: Held) -> list[int]:
    """Lets a worker keep items longer. Returns those that it still has."""
    return _change(rows, held, "ends = :ends", {"ends": now() + timedelta(seconds=held.seconds)})


def give_back(rows: Rows, held: Held) -> list[int]:
    """Ends leases at once, so that other workers get the items. Returns those that the worker still had."""
    return _change(rows, held, "token = '', ends = :ends", {"ends": now()})


def fail(rows: Rows, held: Held) -> list[int]:
    """Notes that items could not be done. Returns those that the worker still had."""
    changes = """token = '', ends = :ends, reason = :reason, failures = failures + 1,
        state = CASE WHEN failures + 1 >= :most THEN 'aside' ELSE 'held' END"""
    return _change(rows, held, changes, {"ends": now(), "reason": held.reason, "most": FAILURES})


def finish(rows: Rows, kind: str, new: Sequence[Any], parents: Sequence[int]) -> None:
    """Ends the leases of results that are being stored. Raises Conflict where a worker has lost one that it names."""
    by_algorithm: dict[tuple[str, str], list[tuple[int, int, str | None]]] = {}
    for index, (each, parent) in enumerate(zip(new, parents, strict=True)):
        by_algorithm.setdefault((each.algo_name, each.algo_version), []).append((index, parent, each.lease))
    for (name, version), results in by_algorithm.items():
        asked = {"name": name, "version": version, "ids": [parent for _, parent, _ in results], "now": now()}
        found = {item: lease for item, *lease in rows.ask(_sql(kind, _OF_ITEMS), asked)}
        refuse_lost(
            (index, _state(found.get(parent)))
            for index, parent, token in results
            if token and token != found.get(parent, [""])[0]
        )
        if found:
            rows.ask(_sql(kind, _ENDED), asked)


def _state(lease: Sequence[str] | None) -> LeaseState | None:
    if lease is None:
        return None
    token, holder, ends, state, reason = lease
    return LeaseState(token, holder, ends[:19], state == "aside", reason)


def _change(rows: Rows, held: Held, changes: str, values: Mapping[str, Any]) -> list[int]:
    kind = held.token.partition("-")[0]
    if kind not in _KINDS:
        raise InvalidInput(f"'token': {shown(held.token)} is not the token of a lease")
    chosen = "token = :token AND state = 'held'"
    asked: dict[str, Any] = {"token": held.token}
    if held.items is not None:
        chosen += " AND item_id IN (SELECT value FROM json_each(:ids))"
        asked["ids"] = list(held.items)
    table = _KINDS[kind].leases
    ids: Collection[int] = [pk for (pk,) in rows.ask(f"SELECT item_id FROM {table} WHERE {chosen}", asked)]
    rows.ask(f"UPDATE {table} SET {changes} WHERE {chosen}", {**asked, **values})
    return sorted(ids)


def _sql(kind: str, statement: str) -> str:
    tables = vars(_KINDS[kind])
    return statement.format(**tables, in_ranges=_IN_RANGES.format(**tables))
