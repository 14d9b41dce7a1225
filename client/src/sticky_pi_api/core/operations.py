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
        Operation("_put_new_images", Role.WRITE, "Stores images that are not there yet, all or none", most=None),
        Operation("get_images", Role.ANY, "Images by device and datetime", IMAGE_WHATS),
        Operation(
            "get_image_series",
            Role.ANY,
            "Images by device pattern and range of datetimes",
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
    )
}
