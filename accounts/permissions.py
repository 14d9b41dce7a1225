"""Who may call an operation or use a REST resource."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import DeviceKey, User
from sticky_pi_api.core.errors import NotAuthenticated, PermissionDenied
from sticky_pi_api.core.operations import OPERATIONS, Role

if TYPE_CHECKING:  # DRF imports this module while it makes its own views
    from rest_framework.views import APIView


_KEY_OPERATIONS = ("get_token", "get_images", "_put_new_images")
_OF_KEYS = "a device key uploads images and sends the status of its devices: it may do nothing else"


class OperationRole(BasePermission):
    """The role that the table of operations demands."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or the error that says which role it takes. What a key gets of an operation, that one knows."""
        action = view.action  # type: ignore[attr-defined]
        if isinstance(request.user, DeviceKey):
            if action not in _KEY_OPERATIONS:
                raise PermissionDenied(_OF_KEYS)
            return True
        if not isinstance(request.user, User):
            raise NotAuthenticated("this takes a user name and password, or a token")
        OPERATIONS[action].check_role(is_admin=request.user.is_admin, can_write=request.user.can_write)
        return True


class ResourceRole(BasePermission):
    """Any user reads, who may write adds, an administrator deletes. A device's key does what the view says."""

    message: str

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """False with a message: pages ask this to know which forms to show."""
        if isinstance(request.user, DeviceKey):
            self.message = _OF_KEYS
            return request.method == "POST" and getattr(view, "action", None) in getattr(view, "actions_of_keys", ())
        method = str(request.method)
        role = Role.ANY if method in SAFE_METHODS else Role.ADMIN if method == "DELETE" else Role.WRITE
        self.message = f"{method} takes the role: {role.value}"
        user = request.user
        return isinstance(user, User) and role.admits(is_admin=user.is_admin, can_write=user.can_write)


class AdministratorRole(BasePermission):
    """Administrators only."""

    message = f"this takes the role: {Role.ADMIN.value}"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.user, User) and request.user.is_admin
