from projects.views import ProjectOperations
from stickypi.http.operations import operation_urls

urlpatterns = operation_urls(ProjectOperations)
