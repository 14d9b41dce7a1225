"""The operations as functions of this process: what the views do, without requests."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import close_old_connections, connection

import accounts.queries
import accounts.services
import annotations.queries
import annotations.services
import bundles.queries
import images.queries
import images.services
import labels.queries
import labels.services
import projects.queries
import projects.services
import tuboids.queries
import tuboids.services
import work.holding
from accounts.models import User
from accounts.tokens import token_create
from images.services import Upload
from sticky_pi_api.core import info as infos
from sticky_pi_api.core.annotations import new_annotations
from sticky_pi_api.core.bundles import bundle_uploads, parse_bundle_name
from sticky_pi_api.core.deployments import deployment_changes, deployments_to_delete
from sticky_pi_api.core.errors import InvalidInput, NotAuthenticated
from sticky_pi_api.core.labels import new_labels, tuboid_ids
from sticky_pi_api.core.operations import OPERATIONS
from sticky_pi_api.core.project_columns import column_changes, named_columns
from sticky_pi_api.core.projects import grants, new_projects, project_filters, project_ids, projects_to_delete
from sticky_pi_api.core.tuboids import parse_tuboid
from sticky_pi_api.core.users import new_users, parse_actor, user_filters, users_to_delete
from sticky_pi_api.core.work import AnnotationWork, annotation_work
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.http.errors import as_api_error
from stickypi.storage import DiskStorage, files

Rows = list[Any]


def call(operation: str, info: Any, what: str | None, client_info: dict[str, Any] | None) -> Any:
    """What an operation answers, its datetimes as the wire has them (naive UTC objects in the series of projects).

    Args:
        operation: its name.
        info: as JSON has it; of `_put_new_images` (name, bytes) per file; of `_put_tiled_tuboids` a tuboid's
            `tuboid_id`, `series_info` and `files`: `metadata`, `tuboid`, `context` -> bytes.
        what: in its canonical spelling; None for the default.
        client_info: the row of the user that acts; None may do all.

    Raises:
        APIError: as the operation over HTTP.
    """
    close_old_connections()  # as before each request: one that has been lost is made anew
    with _known_errors():
        return _call(operation, info, what or next(iter(OPERATIONS[operation].whats), ""), client_info)


def check_database() -> None:
    """Raises InvalidInput if the database is empty: its tables are not made in passing."""
    with _known_errors():
        if User._meta.db_table not in connection.introspection.table_names():
            raise InvalidInput("the database has no tables of a server yet: run `python manage.py migrate` first")


@contextmanager
def _known_errors() -> Iterator[None]:
    """What went wrong as an error of the contract, bugs left as they are."""
    try:
        yield
    except Exception as error:
        known = as_api_error(error)
        if known is None or known is error:
            raise
        raise known from error


@retry_on_deadlock
def _call(operation: str, info: Any, what: str, client_info: dict[str, Any] | None) -> Any:
    return _CALLS[operation](info, what, _user(operation, client_info))


def _user(operation: str, client_info: dict[str, Any] | None) -> User:
    """Who acts, if they may; where nobody is named, one that may do all and signs nothing."""
    actor = parse_actor(client_info)
    if actor is None:
        return User(username=None, is_admin=True)  # type: ignore[misc]
    user = User.objects.filter(username=actor.username, is_active=True).first()
    if user is None:
        raise NotAuthenticated(f"client_info: there is no user {actor.username!r}")
    OPERATIONS[operation].check_role(is_admin=user.is_admin, can_write=user.can_write)
    return user


def _token(user: User) -> dict[str, Any]:
    if user.pk is None:
        raise InvalidInput("a token is a user's: say in client_info whose, e.g. {'username': 'ann'}")
    return token_create(user=user)


def _put_images(uploads: Iterable[tuple[str, bytes]], user: User) -> Rows:
    stored = images.services.images_put(uploads=[Upload(name, data) for name, data in uploads], user=user)
    return images.queries.image_rows([each.image for each in stored])


def _images_to_annotate(asked: AnnotationWork | None, what: str, user: User) -> Rows:
    keys = work.holding.images_hold(work=asked, user=user) if asked else []
    return _all(images.queries.images(keys=keys, what=what, link=_links()))


def _put_tuboid(given: dict[str, Any], user: User) -> Rows:
    tuboid = parse_tuboid(given["tuboid_id"], given["series_info"], given["files"])
    return tuboids.queries.tuboid_rows([tuboids.services.tuboid_put(tuboid=tuboid, user=user)])


def _links() -> Callable[[str], str]:
    """A function from a storage key to the path of the file, or to a link into the bucket."""
    storage = files()
    return storage.path if isinstance(storage, DiskStorage) else storage.link_maker("")


def _upload_links() -> Callable[[str, str], Any]:
    storage = files()
    return (lambda key, md5: storage.path(key)) if isinstance(storage, DiskStorage) else storage.upload_link_maker("")


def _all(chunks: Iterable[Iterable[Any]]) -> Rows:
    return [row for rows in chunks for row in rows]


# Operation -> what it does with info, what and the user.
_CALLS: dict[str, Callable[[Any, str, User], Any]] = {
    "get_token": lambda info, what, user: _token(user),
    "get_users": lambda info, what, user: _all(accounts.queries.users(filters=user_filters(info), seen_by=user)),
    "put_users": lambda info, what, user: accounts.queries.user_rows(
        accounts.services.users_create(new_users=new_users(info), user=user)
    ),
    "delete_users": lambda info, what, user: accounts.services.users_delete(filters=users_to_delete(info), user=user),
    "_put_new_images": lambda info, what, user: _put_images(info, user),
    "get_images": lambda info, what, user: _all(
        images.queries.images(keys=infos.image_keys(info), what=what, link=_links())
    ),
    "get_image_series": lambda info, what, user: _all(
        images.queries.image_series(series=infos.series(info), what=what, link=_links())
    ),
    "get_images_to_annotate": lambda info, what, user: _images_to_annotate(annotation_work(info), what, user),
    "delete_images": lambda info, what, user: images.services.images_delete(keys=infos.image_keys(info)),
    "put_uid_annotations": lambda info, what, user: annotations.services.annotations_put(
        new_annotations=new_annotations(info), user=user
    ),
    "get_uid_annotations": lambda info, what, user: _all(
        annotations.queries.annotations(keys=infos.image_keys(info), data=what != "metadata")
    ),
    "get_uid_annotations_series": lambda info, what, user: _all(
        annotations.queries.annotation_series(series=infos.series(info), data=what != "metadata")
    ),
    "_put_tiled_tuboids": lambda info, what, user: _put_tuboid(info, user),
    "get_tiled_tuboid_series": lambda info, what, user: _all(
        tuboids.queries.tuboid_series(series=infos.series(info), link=_links() if what == "data" else None)
    ),
    "delete_tiled_tuboids": lambda info, what, user: tuboids.services.series_delete(series=infos.series(info)),
    "put_itc_labels": lambda info, what, user: labels.queries.label_rows(
        labels.services.labels_put(new_labels=new_labels(info), user=user)
    ),
    "_get_itc_labels": lambda info, what, user: _all(labels.queries.labels(tuboid_ids=tuboid_ids(info))),
    "_get_ml_bundle_file_list": lambda info, what, user: _all(
        bundles.queries.bundle_files(bundle_name=parse_bundle_name(infos.scalar(info)), what=what, link=_links())
    ),
    "_get_ml_bundle_upload_links": lambda info, what, user: _all(
        bundles.queries.upload_links(info=info, uploads=bundle_uploads(info), link=_upload_links())
    ),
    "get_projects": lambda info, what, user: _all(
        projects.queries.projects(filters=project_filters(info), seen_by=user)
    ),
    "put_projects": lambda info, what, user: projects.services.projects_create(
        new_projects=new_projects(info), user=user
    ),
    "delete_projects": lambda info, what, user: projects.services.projects_delete(
        filters=projects_to_delete(info), user=user
    ),
    "get_project_permissions": lambda info, what, user: _all(
        projects.queries.permissions(filters=project_filters(info), seen_by=user)
    ),
    "put_project_permissions": lambda info, what, user: projects.services.permissions_put(
        grants=grants(info), user=user
    ),
    "get_project_series": lambda info, what, user: _all(
        projects.queries.deployments(asked=project_ids(info), seen_by=user)
    ),
    "put_project_series": lambda info, what, user: projects.services.deployments_put(
        changes=deployment_changes(info), user=user
    ),
    "delete_project_series": lambda info, what, user: projects.services.deployments_delete(
        named=deployments_to_delete(info), user=user
    ),
    "put_project_columns": lambda info, what, user: projects.services.columns_put(
        changes=column_changes(info), user=user
    ),
    "delete_project_columns": lambda info, what, user: projects.services.columns_delete(
        named=named_columns(info), user=user
    ),
}
