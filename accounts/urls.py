"""Addresses of the operations on users, and of the page about oneself."""

from django.contrib import admin
from django.urls import path

from accounts.profile import profile
from accounts.views import UserOperations
from stickypi.http.operations import operation_urls

urlpatterns = [
    path("admin/profile/", admin.site.admin_view(profile), name="profile"),
    *operation_urls(UserOperations),
]
