"""What `manage.py adopt --check` says."""

from collections.abc import Iterator

from django.db import connection

from adopt.existing import Existing
from adopt.findings import Effect, Finding
from adopt.project_series import COMMON, our_type, projects_with_new_ids

_YEARS = {1: "2020/21, the first generation", 2: "2022/23, the second generation"}
_ROWS_PER_SECOND, _BYTES_PER_SECOND = 10_000, 15_000_000  # on two busy cores, with the backup


def report(existing: Existing, findings: list[Finding]) -> Iterator[str]:
    """The lines."""
    sizes = _sizes()
    rows = {table.name: _count(table.stored_as) for table in existing.tables.values()}
    stored = sum(sizes.get(table.stored_as, 0) for table in existing.tables.values())
    yield f"A database of the published Sticky Pi service of {_YEARS[existing.generation]}."
    yield ""
    yield from (f"{name:<24}{rows[name]:>14,d} rows" for name in sorted(rows))
    yield ""
    yield "What will be done: a backup; all tables made anew as `manage.py migrate` makes them (columns, binary"
    yield "collation, keys, indexes); their rows copied, with their ids; labels and captures counted; roles given."
    if "uid_intents" in existing.tables:
        yield "uid_intents is dropped: it holds what workers were at."
    yield from _of_series(existing)
    for effect in Effect:
        if found := [finding for finding in findings if finding.effect is effect]:
            yield ""
            yield f"{effect.value}:"
            yield from (f"  {finding}" for finding in found)
    yield ""
    seconds = 20 + sum(rows.values()) / _ROWS_PER_SECOND + stored / _BYTES_PER_SECOND
    yield f"It takes about {_duration(seconds)}, and meanwhile {max(1, stored // 1_000_000):,d} MB more space."
    yield from _of_connections()


def _of_series(existing: Existing) -> Iterator[str]:
    for table in existing.series:
        kinds = [f"{name} {our_type(column)}" for name, column in table.columns.items() if name not in COMMON]
        columns = ", ".join(kinds) or "no columns of its own"
        yield f"{table.name} becomes deployments of project {table.project}: {columns}."
    if renumbered := projects_with_new_ids(existing.series):
        projects = ", ".join(map(str, renumbered))
        yield f"The rows of the series of projects {projects} get new ids: other projects have rows with theirs."


def _of_connections() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        )
        (others,) = cursor.fetchone()
    if others:
        yield f"{others} other connections to the database are open: stop the service before it is adopted."


def _sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, COALESCE(data_length + index_length, 0) FROM information_schema.tables "
            "WHERE table_schema = DATABASE()"
        )
        return {name: int(size) for name, size in cursor}


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
        return int(cursor.fetchone()[0])


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
