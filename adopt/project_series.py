"""The tables of projects' series, one a project with columns of its own, into deployments."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from adopt.columns import quoted
from adopt.existing import Column, Table
from projects.models import Deployment, ProjectColumn
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.project_columns import parse_sql_type

COMMON = ("id", "device", "start_datetime", "end_datetime")  # to all projects
_TYPES = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), "INTEGER"),
    **dict.fromkeys(("float", "double", "decimal"), "DOUBLE"),
    **dict.fromkeys(("datetime", "timestamp", "date"), "DATETIME"),
}


def adopt_all_series(tables: Sequence[Table]) -> None:
    """Makes the columns and deployments of these projects; those with new ids last, so that they take no other's."""
    renumbered = projects_with_new_ids(tables)
    for table in sorted(tables, key=lambda table: (table.project in renumbered, table.project)):
        _adopt_series(table, keeps_ids=table.project not in renumbered)


def _adopt_series(table: Table, *, keeps_ids: bool) -> None:
    """All of a project's or none; nothing where it has some."""
    project: Any = table.project
    with transaction.atomic():
        if any(model.objects.filter(parent_project=project).exists() for model in (ProjectColumn, Deployment)):
            return
        columns = {
            name: ProjectColumn.objects.create(parent_project_id=project, name=name, sql_type=our_type(column))
            for name, column in table.columns.items()
            if name not in COMMON
        }
        rows = _rows(table)  # all at once: people have put them in by hand
        deployments = [_deployment(project, row, columns, keeps_id=keeps_ids) for row in rows]
        Deployment.objects.bulk_create(deployments, batch_size=500)


def our_type(column: Column) -> str:
    """The type that a project's column has with us, as near as can be."""
    name = column.sql_type.partition("(")[0].partition(" ")[0]
    if column.sql_type == "tinyint(1)":
        return "BOOLEAN"
    try:
        return _TYPES.get(name) or parse_sql_type(column.sql_type)
    except InvalidInput:
        return "TEXT"


def projects_with_new_ids(tables: Sequence[Table]) -> list[int]:
    """The projects whose rows have ids that those of another have as well: theirs become new ones."""
    taken: set[int] = set()
    renumbered = []
    for table in sorted(tables, key=lambda table: table.project or 0):
        ids = {row["id"] for row in _rows(table)}
        if ids & taken:
            renumbered.append(table.project or 0)
        else:
            taken |= ids
    return renumbered


def _rows(table: Table) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quoted(table.stored_as)} ORDER BY id")
        return [dict(zip(table.columns, row, strict=True)) for row in cursor]


def _deployment(
    project: int, row: Mapping[str, Any], columns: Mapping[str, ProjectColumn], *, keeps_id: bool
) -> Deployment:
    return Deployment(
        pk=row["id"] if keeps_id else None,
        parent_project_id=project,
        device=row["device"],
        start_datetime=row["start_datetime"].replace(tzinfo=dt.UTC),
        end_datetime=row["end_datetime"].replace(tzinfo=dt.UTC),
        values={str(column.pk): _value(row[name], column.sql_type) for name, column in columns.items()},
    )


def _value(value: Any, sql_type: str) -> Any:
    """A value as deployments keep it, in JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
        return format_datetime(moment)
    if isinstance(value, Decimal):
        return float(value)
    if sql_type == "BOOLEAN":
        return bool(value)
    return value if isinstance(value, int | float) else _text(value)


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
