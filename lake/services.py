"""Brings the lake up to date: months that have changed are written anew, then committed together."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lake.dataset import Dataset
from lake.queries import TABLES, Table
from stickypi.db.locks import advisory_locks


@dataclass
class Run:
    """What a run has done."""

    rows: dict[str, int] = field(default_factory=dict)  # written, by table
    months: int = 0
    removed_files: int = 0


def lake_update(*, dataset: Dataset, keep_seconds: float) -> Run:
    """Writes months whose rows have come, gone or got other labels, and commits them all at once.

    What is replaced is kept for `keep_seconds`, for those who still read it; so is what a killed run left behind.

    Raises:
        Unavailable: the database or the storage is away, or another run is under way; the last commit stays.
    """
    with advisory_locks(["lake"]):
        before = dataset.read_manifest()
        run = Run()
        tables = {table.name: _update(dataset, table, before["tables"].get(table.name, {}), run) for table in TABLES}
        now = datetime.now(UTC).timestamp()
        gone = _paths(before["tables"]) - _paths(tables)
        replaced = {**before["replaced"], **dict.fromkeys(sorted(gone), now)}
        manifest = {**before, "replaced": replaced, "tables": tables}
        if gone or tables != before["tables"]:
            manifest |= {"commit": before["commit"] + 1, "created": datetime.now(UTC).isoformat(timespec="seconds")}
            dataset.write_manifest(manifest)
        _sweep(dataset, manifest, now - keep_seconds, run)
        return run


def _update(dataset: Dataset, table: Table, before: dict[str, Any], run: Run) -> dict[str, Any]:
    months: dict[str, Any] = {}
    run.rows[table.name] = 0
    for month in table.months():
        name, fingerprint = f"{month[0]}-{month[1]:02d}", table.fingerprint(month)
        if not fingerprint[0]:
            continue
        if name in before and before[name]["fingerprint"] == fingerprint:
            months[name] = before[name]
            continue
        # Rows that come after the fingerprint make the next run write the month once more.
        files = dataset.write(table, month, table.batches(month))
        months[name] = {"fingerprint": fingerprint, "files": files}
        run.rows[table.name] += sum(file["rows"] for file in files)
        run.months += 1
    return months


def _paths(tables: dict[str, Any]) -> set[str]:
    return {file["path"] for months in tables.values() for month in months.values() for file in month["files"]}


def _sweep(dataset: Dataset, manifest: dict[str, Any], before: float, run: Run) -> None:
    """Removes files that do not count since long."""
    kept, replaced = _paths(manifest["tables"]), manifest["replaced"]
    there = dataset.files()
    for path, changed in there.items():
        if path not in kept and replaced.get(path, changed) <= before:
            dataset.remove(path)
            run.removed_files += 1
            replaced.pop(path, None)
    forgotten = replaced.keys() - there.keys()
    if run.removed_files or forgotten:
        manifest["replaced"] = {path: since for path, since in replaced.items() if path in there}
        dataset.write_manifest(manifest)
