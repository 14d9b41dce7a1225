"""Addresses of the operations on tuboids."""

from stickypi.http.operations import operation_urls
from tuboids.views import TuboidOperations

urlpatterns = operation_urls(TuboidOperations)
