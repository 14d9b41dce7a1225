"""The table of operations (contract, section 4): the URLs, both clients and the docs are checked against it."""

from dataclasses import dataclass
from enum import Enum

from . import limits
from .errors import PermissionDenied
from .layout import IMAGE_WHATS


class Role(Enum):
    """Who may call an operation."""

    LOGIN = "any, with username and password"
    ANY = "any user"
    WRITE = "can_write or admin"
    ADMIN = "admin"

    def admits(self, *, is_admin: bool, can_write: bool) -> bool:
        """Whether it is one of the roles of a user with these flags."""
        if self is Role.ADMIN:
            return is_admin
        return self is not Role.WRITE or can_write or is_admin


@dataclass(frozen=True)
class Operation:
    """One operation.

    `whats` are the values its `what` takes, the first being the default; `most` is how many elements `info` may have.
    """

    name: str
    role: Role
    summary: str
    whats: tuple[str, ...] = ()
    most: int | None = limits.KEYS

    def check_role(self, *, is_admin: bool, can_write: bool) -> None:
        """Raises PermissionDenied if a user with these flags may not call it."""
        if not self.role.admits(is_admin=is_admin, can_write=can_write):
            raise PermissionDenied(f"{self.name} takes the role: {self.role.value}")


_DATA = ("metadata", "data", "json")

OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("get_token", Role.LOGIN, "A token that lasts 24 h and stands for user name and password", most=None),
        Operation(
            "get_users",
            Role.ANY,
            "Users whose fields match patterns: admins see all, others themselves",
            most=limits.USER_PATTERNS,
        ),
        Operation("put_users", Role.ADMIN, "Makes users", most=limits.NEW_USERS),
        Operation(
            "delete_users",
            Role.ADMIN,
            "Users that match can no longer sign in; what they wrote stays in their name",
            most=limits.USER_PATTERNS,
        ),
        Operation("_put_new_images", Role.WRITE, "Stores images that are not there yet, all or none", most=None),
        Operation("get_images", Role.ANY, "Images by device and datetime", IMAGE_WHATS),
        Operation(
            "get_image_series",
            Role.ANY,
            "Images by device pattern and range of datetimes",
            IMAGE_WHATS,
            most=limits.SERIES,
        ),
        Operation(
            "get_images_to_annotate",
            Role.WRITE,
            "Images of a series that an algorithm has yet to annotate, held for the caller",
            IMAGE_WHATS,
            most=limits.SERIES,
        ),
        Operation("delete_images", Role.ADMIN, "Deletes images with their annotations and files"),
        Operation("put_uid_annotations", Role.WRITE, "Stores what a detector found on images"),
        Operation("get_uid_annotations", Role.ANY, "Annotations of images", _DATA),
        Operation("get_uid_annotations_series", Role.ANY, "Annotations of a series", _DATA, most=limits.SERIES),
        Operation("_put_tiled_tuboids", Role.WRITE, "Stores one tiled tuboid", most=None),
        Operation("get_tiled_tuboid_series", Role.ANY, "Tuboids of a series", ("metadata", "data"), most=limits.SERIES),
        Operation("delete_tiled_tuboids", Role.ADMIN, "Deletes tuboid series with all they hold", most=limits.SERIES),
        Operation("put_itc_labels", Role.WRITE, "Labels tuboids"),
        Operation("_get_itc_labels", Role.ANY, "Labels of tuboids"),
        Operation("_get_ml_bundle_file_list", Role.ANY, "Files of a bundle", ("all", "data", "model"), most=None),
        Operation("_get_ml_bundle_upload_links", Role.WRITE, "Where to upload files of a bundle"),
        Operation("get_projects", Role.ANY, "Projects that the caller may read", most=limits.PROJECT_PATTERNS),
        Operation("put_projects", Role.WRITE, "Makes projects, of which the caller is admin", most=limits.PROJECTS),
        Operation(
            "delete_projects",
            Role.ANY,
            "Deletes projects of which the caller is admin, with all they hold",
            most=limits.PROJECT_PATTERNS,
        ),
        Operation(
            "get_project_permissions",
            Role.ANY,
            "Who may do what in the projects that the caller may read",
            most=limits.PROJECT_PATTERNS,
        ),
        Operation("put_project_permissions", Role.ANY, "Gives, changes and takes away levels in projects (level 3)"),
        Operation("get_project_series", Role.ANY, "Deployments of projects (level 1)"),
        Operation("put_project_series", Role.ANY, "Stores and changes deployments of projects (level 2)"),
        Operation("delete_project_series", Role.ANY, "Deletes deployments of projects (level 3)"),
        Operation("put_project_columns", Role.ANY, "Makes, renames and retypes columns of projects (level 2)"),
        Operation("delete_project_columns", Role.ANY, "Deletes columns of projects with their values (level 3)"),
    )
}
