"""Who may call an operation: the role stands in the table of operations."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User
from sticky_pi_api.core.errors import NotAuthenticated, PermissionDenied
from sticky_pi_api.core.operations import OPERATIONS, Role

if TYPE_CHECKING:  # DRF imports this module while it makes its own views
    from rest_framework.views import APIView


class OperationRole(BasePermission):
    """Looks the view's operation up and compares its role with the user's."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or the error that says which role it takes."""
        if not isinstance(request.user, User):
            raise NotAuthenticated("this takes a user name and password, or a token")
        operation = OPERATIONS[view.action]  # type: ignore[attr-defined]
        if not has_role(request.user, operation.role):
            raise PermissionDenied(f"{operation.name} takes the role: {operation.role.value}")
        return True


def has_role(user: User, role: Role) -> bool:
    """Whether a user may do what takes this role."""
    if role is Role.ADMIN:
        return user.is_admin
    return role is not Role.WRITE or user.can_write or user.is_admin
