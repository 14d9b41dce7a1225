from images.views import ImageOperations
from stickypi.http.operations import operation_urls

urlpatterns = operation_urls(ImageOperations)
