"""Users in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.decorators import display

from accounts.forms import NewUserForm, ResetPasswordForm, UserForm
from accounts.models import User
from sticky_pi_api.core import records
from stickypi.admin.columns import datetime_column, written_by
from stickypi.admin.tables import TableAdmin

# Roles are fixed: see accounts/roles.py.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, TableAdmin):  # type: ignore[misc]
    """Users, for administrators."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = ResetPasswordForm
    add_form_template = None
    list_display = ["username", "email", "roles", "is_active", "last_seen", "made", "written_by"]
    list_filter = ["groups", "is_admin", "is_active"]
    search_fields = ["username"]
    search_help_text = "User name: % any run, _ one character"  # type: ignore[misc]
    filter_horizontal = ()
    ordering = ["username"]
    export_columns = records.USERS
    fieldsets = [
        (None, {"fields": ["username", "email", "password"]}),
        ("What they may do", {"fields": ["is_active", "is_admin", "groups"]}),
        ("Record", {"fields": ["last_seen", "made", "api_user", "api_version"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "password1", "password2"]}),
        ("What they may do", {"fields": ["is_admin", "groups"]}),
    ]
    readonly_fields = ["last_seen", "made", "api_user", "api_version"]

    last_seen = datetime_column("last_login", "last login")
    made = datetime_column("datetime_created", "made")
    written_by = written_by

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With their groups, in one more query."""
        return super().get_queryset(request).prefetch_related("groups")

    def search(self, rows: QuerySet[Any], pattern: str) -> QuerySet[Any]:
        """Users whose names match."""
        return rows.filter(username__like=pattern)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        """The form knows who edits."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.editor = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Records who has made a user."""
        if not change:
            obj.api_user = request.user.get_username()
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_admin(request)

    @display(description="roles", label=True)
    def roles(self, user: User) -> list[str]:
        """Groups, and whether administrator."""
        return [*(["Administrator"] if user.is_admin else []), *(group.name[:-1] for group in user.groups.all())]


def _is_admin(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser
