"""Addresses of the operations on users."""

from accounts.views import UserOperations
from stickypi.operations import operation_urls

urlpatterns = operation_urls(UserOperations)
