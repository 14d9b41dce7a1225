"""What the published service left in the database: its tables and columns, as the database tells them."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from annotations.models import UIDAnnotation
from images.models import Image
from labels.models import ITCLabel
from projects.models import Project, ProjectPermission
from stickypi.db.adoption import STEPS
from tuboids.models import TiledTuboid, TuboidSeries

# In the order in which they are copied: users first, whose names and ids the others take.
MODELS: tuple[type[models.Model], ...] = (
    *(User, Project, ProjectPermission),
    *(Image, UIDAnnotation, TuboidSeries, TiledTuboid, ITCLabel),
)
PREFIX = "before_adoption_"  # of the tables that are set aside
WAITING_USERS = "adopted_users"  # until all is done: without the table `users` a server lets nobody in
_DROPPED = "uid_intents"
_SERIES = re.compile(r"project_series_(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Column:
    """A column; `length` of texts, in characters."""

    sql_type: str
    is_nullable: bool
    length: int | None


@dataclass(frozen=True)
class Table:
    """A table of the published service; `stored_as` is what it is called by now."""

    name: str
    stored_as: str
    columns: dict[str, Column]

    @property
    def project(self) -> int | None:
        """The id of the project whose series it has, if it is such a table."""
        match = _SERIES.fullmatch(self.name)
        return int(match[1]) if match else None


@dataclass(frozen=True)
class Existing:
    """The tables of the published service by their first names, and the names of others, which are left alone."""

    tables: dict[str, Table]
    others: list[str]

    @property
    def generation(self) -> int:
        """1: of 2020/21; 2: of 2022/23."""
        return 2 if "api_user_id" in self.tables["users"].columns else 1

    @property
    def series(self) -> list[Table]:
        """The series of projects that are there."""
        return [table for table in self.tables.values() if table.project is not None]

    def of(self, model: type[models.Model]) -> Table | None:
        """The table that has the rows of a model."""
        return self.tables.get(model._meta.db_table)


def target_of(model: type[models.Model]) -> str:
    """The table that the rows of a model go to."""
    return WAITING_USERS if model is User else model._meta.db_table


def fields_of(model: type[models.Model]) -> dict[str, "models.Field[Any, Any]"]:
    """The fields of a model by the names of their columns."""
    return {str(field.column): field for field in model._meta.local_concrete_fields}


def read_existing() -> Existing:
    """The tables of the published service, set aside or not."""
    stored = _columns()
    set_aside = f"{PREFIX}users" in stored
    prefix = PREFIX if set_aside else ""
    named = {name.removeprefix(prefix): name for name in stored if name.startswith(prefix)}
    projects = _projects(stored, named.get("projects"))
    tables = {name: Table(name, stored_as, stored[stored_as]) for name, stored_as in named.items()}
    ours = {model._meta.db_table for model in MODELS} | {_DROPPED}
    kept = {name: table for name, table in tables.items() if name in ours or table.project in projects}
    others = [] if set_aside else sorted(tables.keys() - kept.keys() - {STEPS})
    return Existing(kept, others)


def our_tables() -> set[str]:
    """The names of all tables that `migrate` makes."""
    names = connection.introspection.django_table_names(only_existing=False, include_views=False)
    return {*names, MigrationRecorder.Migration._meta.db_table}


def is_adopted() -> bool:
    """Whether the database has the tables of this server, as its migrations made them."""
    stored = _columns()
    return "password" in stored.get("users", {}) and MigrationRecorder.Migration._meta.db_table in stored


def _columns() -> dict[str, dict[str, Column]]:
    """The columns of all tables, by table and name."""
    found: dict[str, dict[str, Column]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, column_type, is_nullable, character_maximum_length "
            "FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
        )
        for table, name, sql_type, is_nullable, length in cursor:
            found[table][name] = Column(sql_type.lower(), is_nullable == "YES", length)
    return found


def _projects(stored: dict[str, dict[str, Column]], table: str | None) -> set[int]:
    if table not in stored:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {connection.ops.quote_name(table)}")
        return {identity for (identity,) in cursor}
