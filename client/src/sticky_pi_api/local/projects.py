"""Projects of a folder, and their deployments."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from ..core import projects
from ..core.deployments import (
    DeploymentKey,
    DeploymentRecord,
    apply_changes,
    deployment_changes,
    deployment_row,
    deployments_to_delete,
    refuse_taken,
)
from ..core.errors import InvalidInput
from ..core.filters import Filter, matches, matches_fully
from ..core.project_columns import (
    Column,
    change_columns,
    column_changes,
    column_row,
    convert,
    find_column,
    named_columns,
)
from ..core.projects import Grant, Level, check_levels, check_users
from ..core.records import ProjectPermissionRow, ProjectRow
from ..types import MetadataType
from .schema import DEPLOYMENTS, PROJECT_COLUMNS, PROJECT_PERMISSIONS, PROJECTS, USERS, DeploymentRow
from .store import Rows, Store


def get_projects(store: Store, info: object) -> list[ProjectRow[datetime]]:
    """Projects that the caller may read."""
    asked = projects.project_filters(info)
    with store.reading() as rows:
        return _readable(store, rows, asked)


def put_projects(store: Store, info: object) -> list[ProjectRow[datetime]]:
    """Makes projects, of which their maker is admin, if the folder knows them."""
    new = projects.new_projects(info)
    with store.writing() as rows:
        ids = rows.insert(PROJECTS, [project.to_record() for project in new])
        if store.actor and store.actor.id is not None:
            maker = {"parent_user_id": store.actor.id, "level": int(Level.ADMIN)}
            rows.insert(PROJECT_PERMISSIONS, [{"parent_project_id": project, **maker} for project in ids])
        return rows.where(PROJECTS, "id", ids)


def delete_projects(store: Store, info: object) -> list[ProjectRow[datetime]]:
    """Deletes projects of which the caller is admin, with all they hold."""
    asked = projects.projects_to_delete(info)
    with store.writing() as rows:
        levels = _levels(store, rows)
        doomed = [
            row
            for row in rows.all(PROJECTS)
            if levels.get(row["id"], Level.NONE) >= Level.ADMIN and matches_fully(row, asked)
        ]
        rows.delete(PROJECTS, [row["id"] for row in doomed])
    return doomed


def get_project_permissions(store: Store, info: object) -> list[ProjectPermissionRow[datetime]]:
    """Who may do what in the projects that the caller may read."""
    asked = projects.project_filters(info)
    with store.reading() as rows:
        readable = [row["id"] for row in _readable(store, rows, asked)]
        return rows.where(PROJECT_PERMISSIONS, "parent_project_id", readable)


def put_project_permissions(store: Store, info: object) -> list[ProjectPermissionRow[datetime]]:
    """Gives, changes and takes away levels, all or none."""
    asked = projects.grants(info)
    with store.writing() as rows:
        _enter(store, rows, [grant.project for grant in asked], Level.ADMIN)
        check_users(asked, {row["id"] for row in rows.where(USERS, "is_active", [1])})
        stored = _stored_permissions(rows, asked)
        given = {(grant.project, grant.user): grant.level for grant in asked}
        rows.delete(PROJECT_PERMISSIONS, [stored[pair] for pair in given if not given[pair] and pair in stored])
        kept = {pair: int(level) for pair, level in given.items() if level}
        changed = [{"id": stored[pair], "level": kept[pair]} for pair in kept if pair in stored]
        rows.update(PROJECT_PERMISSIONS, changed)
        new = [
            {"parent_project_id": pair[0], "parent_user_id": pair[1], "level": kept[pair]}
            for pair in kept
            if pair not in stored
        ]
        ids = rows.insert(PROJECT_PERMISSIONS, new)
        return rows.where(PROJECT_PERMISSIONS, "id", [*(row["id"] for row in changed), *ids])


def _stored_permissions(rows: Rows, asked: Sequence[Grant]) -> dict[tuple[int, int], int]:
    found = rows.where(PROJECT_PERMISSIONS, "parent_project_id", {grant.project for grant in asked})
    return {(row["parent_project_id"], row["parent_user_id"]): row["id"] for row in found}


def get_project_series(store: Store, info: object) -> MetadataType:
    """Deployments, with the columns of their project."""
    asked = projects.project_ids(info)
    with store.reading() as rows:
        ids = _enter(store, rows, asked, Level.READ)
        columns = _columns(rows, ids)
        found = [_record(row) for row in rows.where(DEPLOYMENTS, "parent_project_id", ids)]
    ordered = sorted(found, key=lambda record: (record.key.project, record.id))
    return [deployment_row(record, columns[record.key.project]) for record in ordered]


def put_project_series(store: Store, info: object) -> MetadataType:
    """Stores new deployments and changes those that have an id, all or none."""
    changes = deployment_changes(info)
    with store.writing() as rows:
        ids = _enter(store, rows, [change.project for change in changes], Level.WRITE)
        columns = _columns(rows, ids)
        named = _named(rows, {change.id for change in changes if change.id is not None})
        stored = {key: _record(row) for key, row in named.items()}
        records = apply_changes(changes, columns, stored)
        refuse_taken(records, _ids_of(rows, ids, {record.key.device for record in records}))
        changed = [None if each.id is None else named[each.key.project, each.id]["id"] for each in records]
        pairs = list(zip(changed, records, strict=True))
        rows.update(DEPLOYMENTS, [{"id": row, **_stored(record)} for row, record in pairs if row])
        new = iter(rows.insert(DEPLOYMENTS, [_stored(record) for row, record in pairs if not row]))
        made = [row or next(new) for row in changed]
        now = {row["id"]: _record(row) for row in rows.where(DEPLOYMENTS, "id", made)}
    return [deployment_row(now[each], columns[now[each].key.project]) for each in made]


def _ids_of(rows: Rows, ids: Collection[int], devices: Collection[str]) -> dict[DeploymentKey, int]:
    """The ids of the deployments of these devices in these projects."""
    found = (_record(row) for row in rows.where(DEPLOYMENTS, "device", devices))
    return {record.key: record.id for record in found if record.id and record.key.project in ids}


def _named(rows: Rows, ids: Collection[int]) -> dict[tuple[int, int], DeploymentRow[datetime]]:
    """Rows by project and by the id that callers know them by, among others those with these ids."""
    found = [*rows.where(DEPLOYMENTS, "id", ids), *rows.where(DEPLOYMENTS, "number", ids)]
    return {(row["parent_project_id"], row["number"] or row["id"]): row for row in found}


def delete_project_series(store: Store, info: object) -> MetadataType:
    """Deletes deployments; those that are not there are passed over."""
    named = deployments_to_delete(info)
    with store.writing() as rows:
        columns = _columns(rows, _enter(store, rows, [project for project, _ in named], Level.ADMIN))
        found, asked = _named(rows, {identity for _, identity in named}), set(named)
        doomed = {row["id"]: _record(row) for key, row in sorted(found.items()) if key in asked}
        rows.delete(DEPLOYMENTS, doomed)
    return [deployment_row(record, columns[record.key.project]) for record in doomed.values()]


def put_project_columns(store: Store, info: object) -> MetadataType:
    """Makes, renames and retypes columns, one after the other, all or none."""
    changes = column_changes(info)
    with store.writing() as rows:
        ids = _enter(store, rows, [change.project for change in changes], Level.WRITE)
        columns, before = _columns(rows, ids), _columns(rows, ids)
        changed = change_columns(columns, changes)
        for project in ids:
            _retype(rows, project, before[project], columns[project])
        # A column that is made and then renamed in one call is there twice.
        new = {id(each): (change.project, each) for change, each in zip(changes, changed, strict=True) if not each.id}
        rows.update(
            PROJECT_COLUMNS,
            [
                {"id": each.id, "name": each.name, "sql_type": each.sql_type}
                for project in ids
                for each in columns[project]
                if each.id
            ],
        )
        rows.insert(
            PROJECT_COLUMNS,
            [
                {"parent_project_id": project, "name": each.name, "sql_type": each.sql_type}
                for project, each in new.values()
            ],
        )
    return [column_row(column) for column in changed]


def _retype(rows: Rows, project: int, before: Sequence[Column], now: Sequence[Column]) -> None:
    types = {column.id: column.sql_type for column in before}
    retyped = [column for column in now if types.get(column.id, column.sql_type) != column.sql_type]
    for row in rows.where(DEPLOYMENTS, "parent_project_id", [project] if retyped else []):
        try:
            values = convert(json.loads(row["values"]), retyped)
        except InvalidInput as error:
            raise InvalidInput(f"row {row['id']} of project {project}: {error.detail}") from error
        rows.update(DEPLOYMENTS, [{"id": row["id"], "values": json.dumps(values)}])


def delete_project_columns(store: Store, info: object) -> MetadataType:
    """Deletes columns with their values; those that are not there are passed over."""
    named = named_columns(info)
    with store.writing() as rows:
        ids = _enter(store, rows, [project for project, _ in named], Level.ADMIN)
        columns = _columns(rows, ids)
        found = {column.id: column for project, name in named if (column := find_column(columns[project], name))}
        rows.delete(PROJECT_COLUMNS, [identity for identity in found if identity])
        keys = {column.key for column in found.values()}
        for row in rows.where(DEPLOYMENTS, "parent_project_id", ids if keys else []):
            values = {key: value for key, value in json.loads(row["values"]).items() if key not in keys}
            rows.update(DEPLOYMENTS, [{"id": row["id"], "values": json.dumps(values)}])
    return [{"column_name": column.name} for column in found.values()]


def _is_admin(store: Store) -> bool:
    return store.actor is None or store.actor.is_admin


def _levels(store: Store, rows: Rows) -> dict[int, int]:
    """The level that the caller has, by project."""
    if _is_admin(store):
        return {row["id"]: Level.ADMIN for row in rows.all(PROJECTS)}
    theirs = rows.where(PROJECT_PERMISSIONS, "parent_user_id", [store.actor.id if store.actor else None])
    return {row["parent_project_id"]: row["level"] for row in theirs}


def _readable(store: Store, rows: Rows, asked: Sequence[Filter]) -> list[ProjectRow[datetime]]:
    levels = _levels(store, rows)
    return [row for row in rows.all(PROJECTS) if row["id"] in levels and matches(row, asked)]


def _enter(store: Store, rows: Rows, asked: Sequence[int], needed: Level) -> list[int]:
    """The projects that a call names, each once, if the caller has this level in all of them."""
    check_levels(asked, needed, _levels(store, rows), is_admin=_is_admin(store))
    return sorted(set(asked))


def _columns(rows: Rows, ids: Sequence[int]) -> dict[int, list[Column]]:
    """The columns of each project, in the order they were made."""
    found: dict[int, list[Column]] = {project: [] for project in ids}
    for row in rows.where(PROJECT_COLUMNS, "parent_project_id", ids):
        found[row["parent_project_id"]].append(Column(row["name"], row["sql_type"], row["id"]))
    return found


def _record(row: DeploymentRow[datetime]) -> DeploymentRecord:
    key = DeploymentKey(row["parent_project_id"], row["device"], row["start_datetime"], row["end_datetime"])
    return DeploymentRecord(key, json.loads(row["values"]), row["number"] or row["id"])


def _stored(record: DeploymentRecord) -> dict[str, Any]:
    project, device, start, end = record.key
    times = {"start_datetime": start, "end_datetime": end}
    return {"parent_project_id": project, "device": device, **times, "values": json.dumps(dict(record.values))}
