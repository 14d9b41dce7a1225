from stickypi.http.operations import operation_urls
from work.views import WorkOperations

urlpatterns = operation_urls(WorkOperations)
