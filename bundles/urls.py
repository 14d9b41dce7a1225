from django.urls import path

from bundles.views import BundleFileUpload, BundleOperations
from stickypi.http.operations import operation_urls

urlpatterns = [*operation_urls(BundleOperations), path("bundle-files", BundleFileUpload.as_view())]
