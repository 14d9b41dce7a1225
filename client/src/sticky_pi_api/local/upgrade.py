"""A folder's database made or, where an older tool has made it, upgraded in place after a backup copy."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from ..core.errors import InvalidInput
from .generations import check_datetimes, complete_users, moment, move_series, series_tables
from .schema import COLUMNS, INDEXES, create_table

_BUSY_SECONDS = 60


def prepare(path: Path) -> None:
    """Makes sure that the database at `path` has all tables and columns.

    An upgrade rebuilds each table: older ones refuse nulls where sensors may now be null, and SQLite cannot lift that.
    Rows keep their ids, columns of other tools are kept. It is one transaction; the copy, which the older tool goes
    on with, is `<path>.before-upgrade`, with a number where there is one already.

    Raises:
        InvalidInput: a table has rows but lacks a column that cannot be null, or has some that cannot be read. The
            database is as it was.
    """
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as db:
        if _is_current(db):
            return
        _use_wal(db)
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("BEGIN IMMEDIATE")
        try:
            if not _is_current(db):  # another process may have been faster
                _upgrade(db, path)
            db.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            db.execute("ROLLBACK")
            raise InvalidInput(f"{path} cannot be upgraded, and is as it was: {error}") from error
        except BaseException:
            db.execute("ROLLBACK")
            raise


def _use_wal(db: sqlite3.Connection) -> None:
    # SQLite's own timeout does not cover this change: where others open the same new file, it fails at once.
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _is_current(db: sqlite3.Connection) -> bool:
    """Whether all indexes are there and every table takes and gives the rows of this version."""
    indexes = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    return indexes >= INDEXES.keys() and all(_fits(db, table) for table in COLUMNS) and not series_tables(db)


def _fits(db: sqlite3.Connection, table: str) -> bool:
    found = {name: (bool(notnull), default) for _, name, _, notnull, default, _ in _table_info(db, table)}
    needed = COLUMNS[table]
    required = {name for name, (notnull, default) in found.items() if notnull and default is None}
    return needed.keys() <= found.keys() and all("NOT NULL" in needed.get(name, "") for name in required)


def _table_info(db: sqlite3.Connection, table: str) -> list[tuple[int, str, str, int, str | None, int]]:
    return db.execute(f'PRAGMA table_info("{table}")').fetchall()


def _upgrade(db: sqlite3.Connection, path: Path) -> None:
    older = {table: {name for _, name, *_ in _table_info(db, table)} for table in COLUMNS}
    if any(older.values()):
        _back_up(path)
    db.create_function("moment", 1, moment, deterministic=True)
    for table in COLUMNS:
        if older[table]:
            _rebuild(db, table)
        else:
            db.execute(create_table(table, table, {}))
    for statement in INDEXES.values():
        db.execute(statement)
    complete_users(db, older)
    move_series(db)
    for table in ("uid_intents", "image_holds"):
        db.execute(f"DROP TABLE IF EXISTS {table}")


def _back_up(path: Path) -> None:
    copy, number = path.with_name(f"{path.name}.before-upgrade"), 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.name}.before-upgrade-{number}")
    part = path.with_name(f"{path.name}.copying")
    part.unlink(missing_ok=True)
    # A connection of its own: it copies what was committed while the upgrade holds the lock for writing.
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    part.rename(copy)


def _rebuild(db: sqlite3.Connection, table: str) -> None:
    found = {name: kind for _, name, kind, *_ in _table_info(db, table)}
    _check_required(db, table, set(found))
    extra = {name: kind for name, kind in found.items() if name not in COLUMNS[table]}
    datetimes = [name for name in found if COLUMNS[table].get(name, "").startswith("DATETIME")]
    for name in datetimes:
        check_datetimes(db, table, name)
    columns = ", ".join(f'"{name}"' for name in found)
    values = ", ".join(f'moment("{name}")' if name in datetimes else f'"{name}"' for name in found)
    db.execute(create_table(table, f"new_{table}", extra))
    db.execute(f'INSERT INTO "new_{table}" ({columns}) SELECT {values} FROM "{table}"')
    db.execute(f'DROP TABLE "{table}"')
    db.execute(f'ALTER TABLE "new_{table}" RENAME TO "{table}"')


def _check_required(db: sqlite3.Connection, table: str, found: set[str]) -> None:
    required = {name for name, kind in COLUMNS[table].items() if "NOT NULL" in kind and "DEFAULT" not in kind}
    missing = required - found
    if missing and db.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")').fetchone()[0]:
        raise InvalidInput(f"table {table!r} has no {', '.join(sorted(missing))}: it is not one of Sticky Pi's")
