"""Who may call an operation or use a REST resource."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import User
from sticky_pi_api.core.errors import NotAuthenticated
from sticky_pi_api.core.operations import OPERATIONS, Role

if TYPE_CHECKING:  # DRF imports this module while it makes its own views
    from rest_framework.views import APIView


class OperationRole(BasePermission):
    """The role that the table of operations demands."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or the error that says which role it takes."""
        if not isinstance(request.user, User):
            raise NotAuthenticated("this takes a user name and password, or a token")
        operation = OPERATIONS[view.action]  # type: ignore[attr-defined]
        operation.check_role(is_admin=request.user.is_admin, can_write=request.user.can_write)
        return True


class ResourceRole(BasePermission):
    """Any user reads, who may write adds, an administrator deletes."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """False with a message: pages ask this to know which forms to show."""
        method = str(request.method)
        role = Role.ANY if method in SAFE_METHODS else Role.ADMIN if method == "DELETE" else Role.WRITE
        self.message = f"{method} takes the role: {role.value}"
        user = request.user
        return isinstance(user, User) and role.admits(is_admin=user.is_admin, can_write=user.can_write)
