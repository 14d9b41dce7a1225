"""Addresses of the operations on labels."""

from labels.views import LabelOperations
from stickypi.http.operations import operation_urls

urlpatterns = operation_urls(LabelOperations)
