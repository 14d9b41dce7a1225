"""Reads of projects and their deployments."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db.models import F, Max, Model, Q, QuerySet
from django.db.models.functions import Lower

from accounts.models import User
from images.models import Image, is_in_ranges
from projects.models import Deployment, Project, ProjectColumn, ProjectPermission
from sticky_pi_api.core.deployments import DeploymentKey, DeploymentRecord, deployment_row
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.filters import Filter, matches
from sticky_pi_api.core.formats import read_wire_datetime, shown
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.project_columns import Column
from sticky_pi_api.core.projects import Level, check_levels
from sticky_pi_api.core.records import ProjectPermissionRow, ProjectRow
from sticky_pi_api.core.series import Range, merged
from stickypi.db import lists
from stickypi.db.index_scans import distinct
from stickypi.db.rows import WireDatetime, fetch_chunks, fetch_rows

_LISTED = 500
_RECENT = timedelta(days=14)
_KEY = ("parent_project", "device", "start_datetime", "end_datetime")


def readable(user: User, level: Level = Level.READ) -> QuerySet[Project]:
    """The projects in which a user has at least this level."""
    if user.is_admin:
        return Project.objects.all()
    return Project.objects.filter(permissions__parent_user=user.pk, permissions__level__gte=level)


def listed(user: User) -> QuerySet[Project]:
    """The projects that a user may read, by name: those that a filter offers."""
    return readable(user).order_by(Lower("name"), "pk")[:_LISTED]


def chosen(user: User, identity: str) -> Project:
    """The project with this id, as a filter in a URL names it.

    Raises:
        InvalidInput: there is none that the user may read.
    """
    number = int(identity) if identity.isdecimal() and len(identity) < 18 else 0
    if project := readable(user).filter(pk=number).first():
        return project
    raise InvalidInput(f"there is no project {shown(identity)}, or you are not a member of it")


def stays(user: User, project: int) -> list[tuple[str, datetime, datetime]]:
    """Device, start and end (naive UTC) of the deployments of a project.

    Raises:
        InvalidInput: there is none that the user may read.
    """
    found = Deployment.objects.filter(parent_project=chosen(user, str(project)))
    rows = found.values_list("device", "start_datetime", "end_datetime")
    return [(device, start.replace(tzinfo=None), end.replace(tzinfo=None)) for device, start, end in rows]


def levels(user: User, projects: Collection[int]) -> dict[int, int]:
    """The level that a user has in each of these projects, left out where there is none."""
    if user.is_admin:
        found = Project.objects.filter(pk__in=_ids(Project, projects))
        return dict.fromkeys(found.values_list("pk", flat=True), Level.ADMIN)
    permissions = ProjectPermission.objects.filter(parent_user=user.pk, parent_project__in=_ids(Project, projects))
    return dict(permissions.values_list("parent_project_id", "level"))


def level_name(level: int) -> str:
    """A level in a word."""
    return dict(ProjectPermission.LEVELS).get(level, "none")


def projects(*, filters: Sequence[Filter], seen_by: User) -> Iterator[list[ProjectRow[str]]]:
    """Rows of the projects that match any of the filters, as far as the user may read them, by id."""
    for rows in fetch_rows(readable(seen_by).order_by("id"), ProjectRow[str]):
        yield [row for row in rows if matches(row, filters)]


def project_rows(made: Sequence[Project]) -> list[ProjectRow[str]]:
    """Rows of given projects, by id."""
    found = Project.objects.filter(pk__in=_ids(Project, [project.pk for project in made])).order_by("id")
    return [row for rows in fetch_rows(found, ProjectRow[str]) for row in rows]


def permissions(*, filters: Sequence[Filter], seen_by: User) -> Iterator[list[ProjectPermissionRow[str]]]:
    """Rows of who may do what in these projects, by id."""
    ids = [row["id"] for rows in projects(filters=filters, seen_by=seen_by) for row in rows]
    found = ProjectPermission.objects.filter(parent_project__in=_ids(Project, ids)).order_by("id")
    return fetch_rows(found, ProjectPermissionRow[str])


def permission_rows(given: Sequence[ProjectPermission]) -> list[ProjectPermissionRow[str]]:
    """Rows of given permissions, by id."""
    ids = _ids(ProjectPermission, [permission.pk for permission in given])
    found = ProjectPermission.objects.filter(pk__in=ids).order_by("id")
    return [row for rows in fetch_rows(found, ProjectPermissionRow[str]) for row in rows]


def columns(projects: Collection[int]) -> dict[int, list[Column]]:
    """The columns of each of these projects, in the order they were made."""
    found: dict[int, list[Column]] = {project: [] for project in projects}
    rows = ProjectColumn.objects.filter(parent_project__in=_ids(Project, projects)).order_by("id")
    for project, name, sql_type, identity in rows.values_list("parent_project_id", "name", "sql_type", "id"):
        found[project].append(Column(name, sql_type, identity))
    return found


def deployments(*, asked: Sequence[int], seen_by: User) -> Iterator[list[dict[str, Any]]]:
    """The series of the projects asked for: rows with their project's columns, datetimes naive UTC, by project and id.

    Raises:
        NotFound, PermissionDenied: about the projects, see `check_levels`.
    """
    projects = sorted(set(asked))
    check_levels(asked, Level.READ, levels(seen_by, projects), is_admin=seen_by.is_admin)
    of_project = columns(projects)
    found = Deployment.objects.filter(parent_project__in=_ids(Project, projects)).order_by("parent_project_id", "id")
    moments = (WireDatetime(F("start_datetime")), WireDatetime(F("end_datetime")))
    for rows in fetch_chunks(found, "id", "parent_project_id", "device", *moments, "values"):
        yield [
            deployment_row(
                DeploymentRecord(
                    DeploymentKey(project, device, read_wire_datetime(start), read_wire_datetime(end)),
                    orjson.loads(values),
                    identity,
                ),
                of_project[project],
            )
            for identity, project, device, start, end, values in rows
        ]


def values_of(deployment: Deployment) -> dict[str, Any]:
    """What its project records of a deployment, by column, datetimes in UTC; from the columns that were prefetched."""
    found = sorted(deployment.parent_project.columns.all(), key=lambda column: column.pk)
    columns = [Column(column.name, column.sql_type, column.pk) for column in found]
    values = {column.name: column.read(deployment.values.get(column.key)) for column in columns}
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in values.items()}


def devices() -> list[str]:
    """All devices that were deployed, in order."""
    return distinct(Deployment, "device")


def ranges(project: int) -> dict[str, list[Range]]:
    """When each trap stood in the field for a project: half-open ranges by device, disjoint and in order, naive UTC."""
    by_device: dict[str, list[Range]] = {}
    found = Deployment.objects.filter(parent_project=project).order_by("device")
    for device, *moments in found.values_list("device", "start_datetime", "end_datetime"):
        start, end = map(_naive, moments)
        by_device.setdefault(device, []).append((start, end))
    return {device: union for device, spans in by_device.items() if (union := merged(spans))}


def within(project: int, image: str = "") -> Q:
    """The condition that an image was taken in a deployment of a project: from its start on, before its end.

    Ranges of the index on (device, datetime). `image` is the path to the image, e.g. `parent_image__`.
    """
    return is_in_ranges(ranges(project), image)


def last_images(project: int) -> list[Image]:
    """The last image of each trap in the deployments of a project, by device.

    Looked for in the last days of a trap's last deployment, in all of its deployments only where there is none.
    """
    in_field, now = ranges(project), datetime.now(UTC).replace(tzinfo=None)
    begun = {
        device: begun for device, spans in in_field.items() if (begun := [each for each in spans if each[0] < now])
    }
    recent = {
        # In this order no moment is before the year 1, which is none that there is.
        device: [(max(start + _RECENT, min(end, now)) - _RECENT, end)]
        for device, [*_, (start, end)] in begun.items()
    }
    found = _last_datetimes(recent)
    found |= _last_datetimes({device: spans for device, spans in in_field.items() if device not in found})
    return list(Image.objects.for_keys([ImageKey(device, moment) for device, moment in found.items()]))


def _last_datetimes(ranges: Mapping[str, list[Range]]) -> dict[str, datetime]:
    """The datetime of the last image of each device in its ranges, naive UTC."""
    last = Image.objects.filter(is_in_ranges(ranges)).values("device").annotate(last=Max("datetime")).order_by()
    return {device: _naive(moment) for device, moment in last.values_list("device", "last")}


def deployment_records(ids: Collection[int]) -> dict[tuple[int, int], DeploymentRecord]:
    """Given deployments by project and id, those that are there."""
    found = Deployment.objects.filter(pk__in=_ids(Deployment, ids)).order_by("id")
    return {(deployment.parent_project_id, deployment.pk): record_of(deployment) for deployment in found}


def count_values(project: int, columns: Collection[Column]) -> dict[str, int]:
    """How many deployments of a project have a value of each of its columns."""
    found = Counter(
        key
        for values in Deployment.objects.filter(parent_project=project).values_list("values", flat=True).iterator()
        for key, value in values.items()
        if value is not None
    )
    return {column.name: found[column.key] for column in columns}


def records_of_project(project: int) -> list[DeploymentRecord]:
    """All deployments of a project, by id."""
    return [record_of(deployment) for deployment in Deployment.objects.filter(parent_project=project).order_by("id")]


def record_of(deployment: Deployment) -> DeploymentRecord:
    """A deployment as the core has it."""
    start, end = _naive(deployment.start_datetime), _naive(deployment.end_datetime)
    key = DeploymentKey(deployment.parent_project_id, deployment.device, start, end)
    return DeploymentRecord(key, deployment.values, deployment.pk)


def ids_of_deployments(keys: Collection[DeploymentKey]) -> dict[DeploymentKey, int]:
    """The id of the deployment with each of these keys, where there is one."""
    found = Deployment.objects.filter(pk__in=lists.ids_of(Deployment, _KEY, keys)).defer("values")
    return {record_of(deployment).key: deployment.pk for deployment in found}


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _ids(model: type[Model], ids: Collection[int]) -> Any:
    return lists.values(model._meta.pk, ids)
