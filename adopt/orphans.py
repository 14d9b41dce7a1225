"""Rows whose parent is gone: no operation answers them, and in our tables pages would fail on them."""

from django.db import connection, models

from adopt.columns import quoted
from adopt.existing import MODELS, Existing, Table, fields_of, target_of

ORPHANS = "orphans_"  # prefix of the tables that keep them


def parents(model: type[models.Model]) -> dict[str, type[models.Model]]:
    """The models that the rows of a model belong to, by the column that says so."""
    related = {name: field.related_model for name, field in fields_of(model).items()}
    return {name: parent for name, parent in related.items() if parent in MODELS}


def has_no_parent(column: str, parent: type[models.Model], existing: Existing, alias: str = "o") -> str:
    """The condition that the parent of a published row is gone, or is an orphan itself."""
    table = existing.of(parent)
    if table is None:
        return "TRUE"
    above = f"{alias}p"
    sound = "".join(
        f" AND NOT {has_no_parent(name, grandparent, existing, above)}" for name, grandparent in parents(parent).items()
    )
    there = f"SELECT 1 FROM {quoted(table.stored_as)} {above} WHERE {above}.id = {alias}.{quoted(column)}{sound}"
    return f"NOT EXISTS ({there})"


def join_parents(model: type[models.Model]) -> str:
    """Joins of a published row `o` with its parents among our rows: orphans have none."""
    return " ".join(
        f"JOIN {quoted(target_of(parent))} {name}_ ON {name}_.id = o.{quoted(name)}"
        for name, parent in parents(model).items()
    )


def keep_orphans(model: type[models.Model], table: Table) -> int:
    """Copies the orphans of a table, as they are, to one of their own. Returns their number."""
    kept = quoted(ORPHANS + table.name)
    conditions = [
        f"NOT EXISTS (SELECT 1 FROM {quoted(target_of(parent))} p WHERE p.id = o.{quoted(name)})"
        for name, parent in parents(model).items()
    ]
    if not conditions:
        return 0
    orphans = f"FROM {quoted(table.stored_as)} o WHERE {' OR '.join(conditions)}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {orphans}")
        number = int(cursor.fetchone()[0])
        if number:
            cursor.execute(f"DROP TABLE IF EXISTS {kept}")
            cursor.execute(f"CREATE TABLE {kept} (PRIMARY KEY (id)) SELECT o.* {orphans}")
    return number
