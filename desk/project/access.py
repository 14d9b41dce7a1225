"""Who may do what on the pages of a project."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.models import User
from projects import queries
from projects.models import Project
from sticky_pi_api.core.errors import APIError
from sticky_pi_api.core.projects import Level

_TABS = {
    "project": ("Deployments", "pin_drop"),
    "project_record": ("Record and map", "timeline"),
    "project_columns": ("Columns", "table_chart"),
    "project_members": ("Members", "group"),
    "project_settings": ("Settings", "edit"),
}


def caller(request: HttpRequest) -> User:
    """Who asks."""
    return cast(User, request.user)


@dataclass(frozen=True)
class Opened:
    """A project that its user may read, and the user's level in it."""

    project: Project
    level: int

    @property
    def may_write(self) -> bool:
        return self.level >= Level.WRITE

    @property
    def is_admin(self) -> bool:
        return self.level >= Level.ADMIN

    def context(self, tab: str) -> dict[str, Any]:
        """What the head of each of its pages shows; `tab` is the name of the page's URL."""
        tabs = [
            (title, icon, reverse(f"desk:{name}", args=[self.project.pk]), name == tab)
            for name, (title, icon) in _TABS.items()
        ]
        return {"project": self.project, "tabs": tabs, "opened": self, "level_name": queries.level_name(self.level)}


def open_project(request: HttpRequest, pk: int) -> Opened:
    """The project. Raises Http404 where there is none that the user may read: which of both is not told."""
    user = caller(request)
    project = queries.readable(user).filter(pk=pk).first()
    if project is None:
        raise Http404(f"there is no project {pk}, or you are not a member of it")
    return Opened(project, queries.levels(user, [pk]).get(pk, Level.NONE))


def sentence(error: APIError) -> str:
    """What is wrong, as a page says it: of the one element of a call, without its number."""
    text = str(error.items[0]["detail"]) if len(error.items) == 1 else error.detail
    return f"{text[:1].upper()}{text[1:]}."
