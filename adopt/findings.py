"""What stands out in the rows of the published service: what stays as it is, what changes, what is in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.db import connection, models

from accounts.models import User
from adopt.columns import IS_PASSLIB, join_writer, quoted
from adopt.existing import MODELS, PREFIX, WAITING_USERS, Existing, Table, fields_of, our_tables
from adopt.orphans import ORPHANS, has_no_parent, parents
from images.models import Image
from sticky_pi_api.core.formats import EARLIEST_IMAGE


class Effect(Enum):
    """What becomes of what was found."""

    KEPT = "Kept as it is"
    CHANGED = "Changes"
    IN_THE_WAY = "In the way"


@dataclass(frozen=True)
class Finding:
    """Something that a person should know of, in `count` rows; None where it is no matter of rows."""

    effect: Effect
    text: str
    count: int | None = None

    def __str__(self) -> str:
        if self.count is None:
            return self.text
        return f"{self.text} ({self.count:,d} row{'' if self.count == 1 else 's'})"


@dataclass(frozen=True)
class _Condition:
    """Rows of a table that a finding is about, by an SQL expression over a row `o` and its writer `w`."""

    effect: Effect
    sql: str
    text: str


def find(existing: Existing) -> list[Finding]:
    """All that stands out; one scan a table."""
    found = [*_of_tables(existing), *_of_foreign_keys(existing), *_of_triggers(existing)]
    for series in existing.series:
        found += _of_series(series)
    for model in MODELS:
        if table := existing.of(model):
            missing = list(_missing_columns(model, table))
            found += missing or _of_rows(model, table, existing)
    return found


def _of_tables(existing: Existing) -> Iterator[Finding]:
    for name in existing.others:
        if name in {*our_tables(), WAITING_USERS} or name.startswith((PREFIX, ORPHANS)):
            text = f"table {name}: the server, or the adoption, has one of that name, so rename it first"
            yield Finding(Effect.IN_THE_WAY, text)
        else:
            yield Finding(Effect.KEPT, f"table {name}: it is none of the service's, and left alone")
    if "images" not in existing.tables:
        yield Finding(Effect.IN_THE_WAY, "there is no table images")
    if names := _repeated_usernames(existing.tables["users"]):
        text = f"users: names that are the same in lower case, as they are kept: {', '.join(names)}"
        yield Finding(Effect.IN_THE_WAY, text)


def _of_foreign_keys(existing: Existing) -> Iterator[Finding]:
    """Those of other tables, which would go on to mean the tables that are dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name, constraint_name, referenced_table_name "
            "FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() ORDER BY 1, 2"
        )
        for name, key, parent in cursor:
            if name in existing.others and parent in existing.tables:
                text = f"table {name}: its foreign key {key} is of {parent}; drop it, and make it again afterwards"
                yield Finding(Effect.IN_THE_WAY, text)


def _of_triggers(existing: Existing) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT trigger_name, event_object_table FROM information_schema.triggers "
            "WHERE trigger_schema = DATABASE() ORDER BY 1"
        )
        for name, table in cursor:
            if table in existing.tables:
                text = f"trigger {name} of table {table}: it goes with the table of old, and is in the backup only"
                yield Finding(Effect.CHANGED, text)


def _of_series(table: Table) -> Iterator[Finding]:
    """Rows that are no deployments; a date of zeros is none, either."""
    conditions = {
        "device, start_datetime or end_datetime is null or has a date of zeros": "device IS NULL "
        "OR COALESCE(CAST(start_datetime AS CHAR), '0000') LIKE '0000%%' "
        "OR COALESCE(CAST(end_datetime AS CHAR), '0000') LIKE '0000%%'",
        "device has more than 8 characters": "CHAR_LENGTH(device) > 8",
    }
    with connection.cursor() as cursor:
        for text, condition in conditions.items():
            cursor.execute(f"SELECT COUNT(*) FROM {quoted(table.stored_as)} WHERE {condition}", [])
            (n_rows,) = cursor.fetchone()
            if n_rows:
                yield Finding(Effect.IN_THE_WAY, f"{table.name}: {text}", n_rows)


def _repeated_usernames(users: Table) -> list[str]:
    with connection.cursor() as cursor:
        name = "LOWER(CONVERT(username USING utf8mb4)) COLLATE utf8mb4_nopad_bin"
        cursor.execute(
            f"SELECT {name} FROM {quoted(users.stored_as)} WHERE username IS NOT NULL "
            f"GROUP BY {name} HAVING COUNT(*) > 1 LIMIT 20"
        )
        return [name for (name,) in cursor]


def _missing_columns(model: type[models.Model], table: Table) -> Iterator[Finding]:
    given = {"api_version", "password"}
    for name, field in fields_of(model).items():
        is_needed = not field.null and not field.has_default() and field.db_default is models.NOT_PROVIDED
        if is_needed and name not in {*table.columns, *given}:
            yield Finding(Effect.IN_THE_WAY, f"table {table.name} has no column {name}")


def _of_rows(model: type[models.Model], table: Table, existing: Existing) -> list[Finding]:
    conditions = [*_of_columns(model, table), *_orphans(model, existing), *_of_writers(table), *_special(model, table)]
    users = existing.tables["users"].stored_as
    sums = ", ".join(f"COALESCE(SUM({condition.sql}), 0)" for condition in conditions)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sums} FROM {quoted(table.stored_as)} o {join_writer(table, users)}")
        counts = [int(count) for count in cursor.fetchone()]
    return [
        Finding(condition.effect, f"{table.name}: {condition.text}", count)
        for condition, count in zip(conditions, counts, strict=True)
        if count
    ]


def _of_columns(model: type[models.Model], table: Table) -> Iterator[_Condition]:
    """Values that our columns do not take."""
    for name, field in fields_of(model).items():
        column = table.columns.get(name)
        if column is None:
            continue
        sql = f"o.{quoted(name)}"
        is_filled = isinstance(field, models.BooleanField) or name == "api_version"
        if column.is_nullable and not field.null and not is_filled:
            yield _Condition(Effect.IN_THE_WAY, f"{sql} IS NULL", f"{name} is null, and must not be")
        if column.length and field.max_length and column.length > field.max_length:
            text = f"{name} has more than {field.max_length} characters"
            yield _Condition(Effect.IN_THE_WAY, f"CHAR_LENGTH({sql}) > {field.max_length}", text)
        if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField):
            effect, then = (Effect.CHANGED, "becomes null") if field.null else (Effect.IN_THE_WAY, "must not be")
            yield _Condition(effect, f"{sql} < 0", f"{name} is below zero, and {then}")


def _orphans(model: type[models.Model], existing: Existing) -> Iterator[_Condition]:
    for name, parent in parents(model).items():
        kept = ORPHANS + model._meta.db_table
        text = f"orphans, whose {name} is no sound row of {parent._meta.db_table}, are kept in {kept}"
        yield _Condition(Effect.CHANGED, has_no_parent(name, parent, existing), text)


def _of_writers(table: Table) -> Iterator[_Condition]:
    column = "api_user_id" if "api_user_id" in table.columns else "api_user"
    if column in table.columns:
        text = f"{column} is of no user that is there"
        yield _Condition(Effect.KEPT, f"o.{column} IS NOT NULL AND w.id IS NULL", text)
    if "api_version" in table.columns:
        yield _Condition(Effect.CHANGED, "o.api_version IS NULL", "api_version is null, and becomes an empty text")


def _special(model: type[models.Model], table: Table) -> Iterator[_Condition]:
    if "device" in table.columns:
        is_odd = "NOT CONVERT(o.device USING utf8mb4) COLLATE utf8mb4_bin REGEXP '^[0-9a-f]{8}$'"
        yield _Condition(
            Effect.KEPT, is_odd, "device is not 8 hexadecimal digits in lower case: only patterns find them"
        )
    if model is Image:
        yield _Condition(Effect.KEPT, "ABS(COALESCE(o.lat, 0)) > 90", "lat and lng are swapped; maps put them right")
        yield _Condition(
            Effect.KEPT, f"o.datetime < '{EARLIEST_IMAGE}'", f"datetime is before {EARLIEST_IMAGE:%Y-%m-%d}"
        )
    if model is User:
        is_upper = "CAST(o.username AS BINARY) <> CAST(LOWER(o.username) AS BINARY)"
        yield _Condition(Effect.CHANGED, is_upper, "the name has capitals, and is kept in lower case")
        text = "the password is none of passlib's sha512_crypt: these users need a new one"
        yield _Condition(Effect.CHANGED, f"NOT {IS_PASSLIB}", text)
        text = "is_admin or can_write is null, and becomes false"
        yield _Condition(Effect.CHANGED, "o.is_admin IS NULL OR o.can_write IS NULL", text)
