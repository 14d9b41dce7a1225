from annotations.views import AnnotationOperations
from stickypi.http.operations import operation_urls

urlpatterns = operation_urls(AnnotationOperations)
