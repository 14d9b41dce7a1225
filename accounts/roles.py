"""Roles: groups whose permissions decide what their members may do in the admin.

The operations go by the contract's flags instead: members of the Writers have `can_write`; an administrator
(`is_admin`) may do everything and needs no group.
"""

from collections.abc import Iterable, Sequence

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from accounts.models import User

VIEWERS, CURATORS, WRITERS = "Viewers", "Curators", "Writers"
_MODELS = (
    *("images.image", "annotations.uidannotation"),
    *("projects.project", "projects.deployment"),
    *("tuboids.tuboidseries", "tuboids.tiledtuboid", "labels.itclabel"),
)
_VIEW = {("view", model) for model in _MODELS}
_PERMISSIONS = {
    VIEWERS: _VIEW,
    CURATORS: _VIEW | {("add", "annotations.uidannotation"), ("add", "labels.itclabel")},
    WRITERS: _VIEW | {("add", model) for model in _MODELS},
}


def make_groups() -> None:
    """Creates the groups with their permissions, and puts users without a group in theirs."""
    for app in {model.partition(".")[0] for model in _MODELS}:
        create_permissions(apps.get_app_config(app), verbosity=0)
    for name, actions in _PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(_permissions(actions))
    join_groups(User.objects.filter(groups=None))


def join_groups(users: Iterable[User]) -> None:
    """New users become Writers if they may upload, Viewers otherwise."""
    group_ids = dict(Group.objects.filter(name__in=(VIEWERS, WRITERS)).values_list("name", "id"))
    membership = User.groups.through
    membership.objects.bulk_create(
        membership(user_id=user.pk, group_id=group_ids[WRITERS if user.can_write else VIEWERS]) for user in users
    )


def may_write(groups: Iterable[Group]) -> bool:
    """Whether members of these groups have `can_write`."""
    return any(group.name == WRITERS for group in groups)


def _permissions(actions: Iterable[tuple[str, str]]) -> Sequence[Permission]:
    wanted = Q()
    for action, model in actions:
        app, _, name = model.partition(".")
        wanted |= Q(content_type__app_label=app, codename=f"{action}_{name}")
    return list(Permission.objects.filter(wanted))
