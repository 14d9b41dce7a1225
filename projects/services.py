"""Writes of projects and their deployments.

A call locks the projects that it changes, in order of id: what it has checked stays so until it has written.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models import F, Func, JSONField, Value

from accounts.models import User
from projects import queries
from projects.models import Deployment, Project, ProjectColumn, ProjectPermission
from sticky_pi_api.core.deployments import (
    DeploymentChange,
    DeploymentRecord,
    apply_changes,
    deployment_row,
    refuse_taken,
)
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.filters import Filter, matches_fully
from sticky_pi_api.core.project_columns import (
    Column,
    ColumnChange,
    change_columns,
    column_row,
    convert,
    find_column,
)
from sticky_pi_api.core.projects import Grant, Level, NewProject, check_levels, check_users
from sticky_pi_api.core.records import ProjectPermissionRow, ProjectRow
from stickypi.db import lists
from stickypi.db.deadlocks import retry_on_deadlock

_ROWS_PER_STATEMENT = 200


@retry_on_deadlock
def projects_create(*, new_projects: Sequence[NewProject], user: User) -> list[ProjectRow[str]]:
    """Creates projects, of which their maker is admin. Returns their rows."""
    with transaction.atomic():
        made = Project.objects.bulk_create([Project(**new.to_record(), **user.signature) for new in new_projects])
        if user.pk is not None:
            ProjectPermission.objects.bulk_create(
                ProjectPermission(parent_project=project, parent_user=user, level=Level.ADMIN, **user.signature)
                for project in made
            )
        return queries.project_rows(made)


@retry_on_deadlock
def project_change(*, project: int, new: NewProject, user: User) -> None:
    """Changes what a project is called, and what is said about it.

    Raises:
        NotFound, PermissionDenied: see `check_levels`; it takes the highest.
    """
    with transaction.atomic():
        _enter([project], Level.ADMIN, user)
        Project.objects.filter(pk=project).update(**new.to_record())


@retry_on_deadlock
def projects_delete(*, filters: Sequence[Filter], user: User) -> list[ProjectRow[str]]:
    """Deletes the projects that match a filter in full and of which the user is admin. Returns their rows."""
    with transaction.atomic():
        deletable = queries.project_rows(list(queries.readable(user, Level.ADMIN)))
        doomed = {row["id"]: row for row in deletable if matches_fully(row, filters)}
        there = _lock(list(doomed))  # without those that another call has just deleted
        Project.objects.filter(pk__in=there).delete()
    return [doomed[project] for project in there]


@retry_on_deadlock
def permissions_put(*, grants: Sequence[Grant], user: User) -> list[ProjectPermissionRow[str]]:
    """Gives, changes and takes away levels, all or none. Returns the rows of those that users have now.

    Raises:
        NotFound, PermissionDenied: about the projects, see `check_levels`.
        InvalidInput: a user is not there.
    """
    with transaction.atomic():
        _enter([grant.project for grant in grants], Level.ADMIN, user)
        check_users(grants, _active_users(grants))
        stored = _stored_permissions(grants)
        rows = [_granted(grant, stored.get((grant.project, grant.user)), user) for grant in grants]
        taken = [row.pk for row in rows if row.level == Level.NONE and row.pk]
        kept = [row for row in rows if row.level != Level.NONE]
        ProjectPermission.objects.filter(pk__in=lists.values(ProjectPermission._meta.pk, taken)).delete()
        ProjectPermission.objects.bulk_update([row for row in kept if row.pk], ["level"], _ROWS_PER_STATEMENT)
        new = ProjectPermission.objects.bulk_create([row for row in kept if not row.pk], _ROWS_PER_STATEMENT)
        return queries.permission_rows([*(row for row in kept if row.pk), *new])


def _active_users(grants: Sequence[Grant]) -> set[int]:
    asked = lists.values(User._meta.pk, {grant.user for grant in grants})
    return set(User.objects.filter(pk__in=asked, is_active=True).values_list("pk", flat=True))


def _stored_permissions(grants: Sequence[Grant]) -> dict[tuple[int, int], ProjectPermission]:
    pairs = [(grant.project, grant.user) for grant in grants]
    found = lists.ids_of(ProjectPermission, ("parent_project", "parent_user"), pairs)
    return {(row.parent_project_id, row.parent_user_id): row for row in ProjectPermission.objects.filter(pk__in=found)}


def _granted(grant: Grant, stored: ProjectPermission | None, user: User) -> ProjectPermission:
    row = stored or ProjectPermission(parent_project_id=grant.project, parent_user_id=grant.user, **user.signature)
    row.level = grant.level
    return row


@retry_on_deadlock
def columns_put(*, changes: Sequence[ColumnChange], user: User) -> list[dict[str, str]]:
    """Makes, renames and retypes columns, one after the other, all or none. Returns the column of each change.

    Raises:
        NotFound, PermissionDenied: about the projects, see `check_levels`.
        InvalidInput: a column is not there, or has values that the new type does not take.
        Conflict: another column has that name.
    """
    with transaction.atomic():
        projects = _enter([change.project for change in changes], Level.WRITE, user)
        columns, before = queries.columns(projects), queries.columns(projects)
        changed = change_columns(columns, changes)
        for project in projects:
            _retype(project, before[project], columns[project])
        new = {
            id(column): (change.project, column)
            for change, column in zip(changes, changed, strict=True)
            if column.id is None
        }
        ProjectColumn.objects.bulk_update(
            [_column(project, each) for project in projects for each in columns[project] if each.id is not None],
            ["name", "sql_type"],
        )
        ProjectColumn.objects.bulk_create([_column(project, column) for project, column in new.values()])
    return [column_row(column) for column in changed]


def _column(project: int, column: Column) -> ProjectColumn:
    return ProjectColumn(pk=column.id, parent_project_id=project, name=column.name, sql_type=column.sql_type)


def _retype(project: int, before: Sequence[Column], now: Sequence[Column]) -> None:
    """Converts the values of the columns that are of another type now."""
    types = {column.id: column.sql_type for column in before}
    retyped = [column for column in now if types.get(column.id, column.sql_type) != column.sql_type]
    if not retyped:
        return
    deployments = list(Deployment.objects.filter(parent_project=project))
    for deployment in deployments:
        try:
            deployment.values = convert(deployment.values, retyped)
        except InvalidInput as error:
            raise InvalidInput(f"row {deployment.pk} of project {project}: {error.detail}") from error
    Deployment.objects.bulk_update(deployments, ["values"], _ROWS_PER_STATEMENT)


@retry_on_deadlock
def columns_delete(*, named: Sequence[tuple[int, str]], user: User) -> list[dict[str, str]]:
    """Deletes columns with their values; those that are not there are passed over. Returns the names deleted.

    Raises:
        NotFound, PermissionDenied: about the projects, see `check_levels`.
    """
    with transaction.atomic():
        projects = _enter([project for project, _ in named], Level.ADMIN, user)
        columns = queries.columns(projects)
        found = {column.id: column for project, name in named if (column := find_column(columns[project], name))}
        ProjectColumn.objects.filter(pk__in=list(found)).delete()
        paths = [Value(f'$."{column.key}"') for column in found.values()]
        if paths:
            without = Func(F("values"), *paths, function="JSON_REMOVE", output_field=JSONField())
            Deployment.objects.filter(parent_project__in=projects).update(values=without)
    return [{"column_name": column.name} for column in found.values()]


@retry_on_deadlock
def deployments_put(*, changes: Sequence[DeploymentChange], user: User) -> list[dict[str, Any]]:
    """Stores new deployments and changes those that have an id, all or none. Returns them as they are now.

    Raises:
        NotFound, PermissionDenied: about the projects, see `check_levels`.
        InvalidInput: see `apply_changes`.
        Conflict: another deployment of the project has the same device and times.
    """
    with transaction.atomic():
        projects = _enter([change.project for change in changes], Level.WRITE, user)
        columns = queries.columns(projects)
        stored = queries.deployment_records([change.id for change in changes if change.id is not None])
        records = apply_changes(changes, columns, stored)
        refuse_taken(records, queries.ids_of_deployments([record.key for record in records]))
        rows = _store(records, user)
    return [deployment_row(record, columns[record.key.project]) for record in map(queries.record_of, rows)]


@retry_on_deadlock
def deployments_edit(
    *,
    new_columns: Sequence[ColumnChange] = (),
    deleted: Sequence[tuple[int, int]] = (),
    changes: Sequence[DeploymentChange] = (),
    user: User,
) -> list[dict[str, Any]]:
    """Makes columns, deletes deployments, then stores and changes others: all or none. Returns the last as they are.

    Raises:
        APIError: see `columns_put`, `deployments_delete` and `deployments_put`.
    """
    with transaction.atomic():
        columns_put(changes=new_columns, user=user)
        deployments_delete(named=deleted, user=user)
        return deployments_put(changes=changes, user=user)


def _store(records: Sequence[DeploymentRecord], user: User) -> list[Deployment]:
    rows = [_deployment(record, user) for record in records]
    Deployment.objects.bulk_update(
        [row for row in rows if row.pk],
        ["device", "start_datetime", "end_datetime", "values"],
        _ROWS_PER_STATEMENT,
    )
    Deployment.objects.bulk_create([row for row in rows if not row.pk], _ROWS_PER_STATEMENT)  # sets their ids
    return rows


def _deployment(record: DeploymentRecord, user: User) -> Deployment:
    project, device, start, end = record.key
    return Deployment(
        pk=record.id,
        parent_project_id=project,
        device=device,
        start_datetime=start.replace(tzinfo=UTC),
        end_datetime=end.replace(tzinfo=UTC),
        values=dict(record.values),
        **user.signature,
    )


@retry_on_deadlock
def deployments_delete(*, named: Sequence[tuple[int, int]], user: User) -> list[dict[str, Any]]:
    """Deletes deployments; those that are not there are passed over. Returns the rows deleted, by id.

    Args:
        named: (project, id) of each.
        user: who asks.

    Raises:
        NotFound, PermissionDenied: about the projects, see `check_levels`.
    """
    with transaction.atomic():
        projects = _enter([project for project, _ in named], Level.ADMIN, user)
        columns = queries.columns(projects)
        stored = queries.deployment_records([identity for _, identity in named])
        asked = set(named)
        doomed = [record for key, record in stored.items() if key in asked]
        Deployment.objects.filter(pk__in=lists.values(Deployment._meta.pk, [each.id for each in doomed])).delete()
    return [deployment_row(record, columns[record.key.project]) for record in doomed]


def _enter(asked: Sequence[int], needed: Level, user: User) -> list[int]:
    """Locks the projects that a call names, if the user has this level in all of them. Returns them, each once."""
    projects = sorted(set(asked))
    _lock(projects)
    check_levels(asked, needed, queries.levels(user, projects), is_admin=user.is_admin)
    return projects


def _lock(projects: Sequence[int]) -> list[int]:
    """Locks projects until the transaction ends. Returns those that are there."""
    found = Project.objects.select_for_update().filter(pk__in=lists.values(Project._meta.pk, projects)).order_by("pk")
    return list(found.values_list("pk", flat=True))
