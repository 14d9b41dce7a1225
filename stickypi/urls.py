"""All addresses: the operations of each app, the resources, the admin, files on disk."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from stickypi.views import download

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("", include("accounts.urls")),
    path("", include("images.urls")),
    path("", include("annotations.urls")),
    path("", include("tuboids.urls")),
    path("", include("bundles.urls")),
    path("api/", include("stickypi.api")),
    path("files/<path:key>", download, name="download"),
    path("admin/desk/", include("desk.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "stickypi.errors.bad_request"
handler403 = "stickypi.errors.permission_denied"
handler404 = "stickypi.errors.page_not_found"
handler500 = "stickypi.errors.server_error"
