"""All URLs: the operations of each app, the resources, the admin, files on disk."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from stickypi.http.downloads import download

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}stickypi/icon.svg")),  # where a page names none
    path("", include("accounts.urls")),
    path("", include("images.urls")),
    path("", include("annotations.urls")),
    path("", include("tuboids.urls")),
    path("", include("labels.urls")),
    path("", include("bundles.urls")),
    path("", include("projects.urls")),
    path("", include("work.urls")),
    path("api/", include("api.urls")),
    path("files/<path:key>", download, name="download"),
    path("admin/desk/", include("desk.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "stickypi.http.errors.bad_request"
handler403 = "stickypi.http.errors.permission_denied"
handler404 = "stickypi.http.errors.page_not_found"
handler500 = "stickypi.http.errors.server_error"
