"""Projects and who may do what in them, as the operations take them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from .errors import InvalidInput, NotFound, PermissionDenied
from .filters import Filter, deletion_filters, field_filters
from .formats import shown
from .info import check_distinct, field, parse_each, refuse
from .limits import PROJECT_PATTERNS, PROJECTS
from .values import integer_parser, optional_text_parser, paragraph_parser, text_parser

_FILTERS = ("id", "name", "description")
parse_id = integer_parser(1)


class Level(IntEnum):
    """What a user may do in a project. Administrators of the site have the highest everywhere."""

    NONE, READ, WRITE, ADMIN = range(4)


@dataclass(frozen=True)
class NewProject:
    """A project to be made."""

    name: str
    description: str | None
    notes: str | None

    def to_record(self) -> dict[str, Any]:
        """The columns of its row."""
        return asdict(self)


@dataclass(frozen=True)
class Grant:
    """A user's level in a project; `NONE` takes away what they have."""

    project: int
    user: int
    level: Level


def new_projects(info: Any) -> list[NewProject]:
    """The projects that `info` describes; names need not be unique."""
    return parse_each(
        info,
        lambda element: NewProject(
            field(element, "name", text_parser(32)),
            field(element, "description", optional_text_parser(256), default=None),
            field(element, "notes", paragraph_parser(2048), default=None) or None,
        ),
        most=PROJECTS,
    )


def project_filters(info: Any) -> list[Filter]:
    """`get_projects`: what each element asks for; no element means all projects.

    An id says which project is meant: the other fields of a row are then not compared.
    """
    filters = field_filters(info, _FILTERS, most=PROJECT_PATTERNS)
    return [{"id": asked["id"]} if "id" in asked else asked for asked in filters]


def projects_to_delete(info: Any) -> list[Filter]:
    """`delete_projects`: what a project has to match in full."""
    return deletion_filters(info, _FILTERS, most=PROJECT_PATTERNS)


def project_ids(info: Any) -> list[int]:
    """The project that each element names."""
    return parse_each(info, project_id)


def project_id(element: dict[str, Any]) -> int:
    """The project that an element names."""
    identity: int = field(element, "project_id", parse_id)
    return identity


def grants(info: Any) -> list[Grant]:
    """`put_project_permissions`. Raises InvalidInput also where two are of the same user and project."""
    asked = parse_each(
        info,
        lambda element: Grant(
            project_id(element), field(element, "user_id", parse_id), field(element, "level", _parse_level)
        ),
    )
    check_distinct([(grant.project, grant.user) for grant in asked], lambda key: f"user {key[1]} in project {key[0]}")
    return asked


def _parse_level(value: Any) -> Level:
    if isinstance(value, int | float) and not isinstance(value, bool) and value in list(Level):
        return Level(int(value))
    raise InvalidInput(f"{shown(value)} is not a level: it takes 1 (read), 2 (write), 3 (admin) or 0 (none)")


def check_levels(asked: Sequence[int], needed: Level, levels: Mapping[int, int], *, is_admin: bool) -> None:
    """Raises an error about the projects in which the caller has a lower level than an operation needs.

    Args:
        asked: the project that each element of the call names.
        needed: the lowest level that will do.
        levels: of the caller, by project; of an administrator, of all projects that are there.
        is_admin: whether the caller is an administrator, whom nothing but absence keeps from a project.

    Raises:
        NotFound: to an administrator.
        PermissionDenied: to others, who are not told whether there is such a project.
    """
    low = [(index, project) for index, project in enumerate(asked) if levels.get(project, Level.NONE) < needed]
    if is_admin:
        absent = [{"index": index, "detail": f"there is no project {project}"} for index, project in low]
        refuse(NotFound, absent, of=len(asked))
    refuse(
        PermissionDenied,
        [
            {
                "index": index,
                "detail": f"this takes level {needed:d} in project {project}: "
                f"you have level {levels.get(project, Level.NONE):d}",
            }
            for index, project in low
        ],
        of=len(asked),
    )


def check_users(asked: Sequence[Grant], known: Collection[int]) -> None:
    """Raises InvalidInput about the grants to users that are not there."""
    items = [
        {"index": index, "detail": f"there is no user with the id {grant.user}"}
        for index, grant in enumerate(asked)
        if grant.user not in known
    ]
    refuse(InvalidInput, items, of=len(asked))
