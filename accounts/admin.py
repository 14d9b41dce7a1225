"""Users in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import action, display

from accounts.forms import NewUserForm, ResetPasswordForm, UserForm
from accounts.models import User
from sticky_pi_api.core import records
from stickypi.admin.columns import EMPTY, datetime_column, time_tag
from stickypi.admin.tables import TableAdmin

_ADDRESSES = 20

# Roles are fixed: see accounts/roles.py.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, TableAdmin):  # type: ignore[misc]
    """Users, for administrators."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = ResetPasswordForm
    add_form_template = None
    list_display = ["username", "email", "roles", "is_active", "last_seen", "created"]
    list_filter = ["groups", "is_admin", "is_active"]
    search_fields = ["username"]
    search_help_text = "User name: % any run, _ one character"  # type: ignore[misc]
    filter_horizontal = ()
    ordering = ["username"]
    export_columns = records.USERS
    fieldsets = [
        (None, {"fields": ["username", "email", "new_password"]}),
        ("What they may do", {"fields": ["is_active", "is_admin", "groups"]}),
        ("Record", {"fields": ["last_seen", "addresses", "created", "created_by"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "password1", "password2"]}),
        ("What they may do", {"fields": ["is_admin", "groups"]}),
    ]
    readonly_fields = ["new_password", "last_seen", "addresses", "created", "created_by"]
    actions_detail = ["reset_password"]

    last_seen = datetime_column("last_login", "last sign-in")
    created = datetime_column("datetime_created", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def search(self, rows: QuerySet[Any], pattern: str) -> QuerySet[Any]:
        return rows.filter(username__like=pattern)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.editor = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Records who created the user."""
        if not change:
            obj.api_user, obj.api_user_id = request.user.get_username(), request.user.pk
        super().save_model(request, obj, form, change)

    @action(description="Reset password", url_path="reset-password", icon="key")
    def reset_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:auth_user_password_change", object_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_admin(request)

    @display(description="roles", label=True)
    def roles(self, user: User) -> list[str]:
        return [*(["Administrator"] if user.is_admin else []), *(group.name[:-1] for group in user.groups.all())]

    @display(description="created by")
    def created_by(self, user: User) -> str | None:
        return user.api_user

    @display(description="password")
    def new_password(self, user: User) -> SafeString:
        return format_html(
            '<a class="font-medium text-primary-600 underline dark:text-primary-500" href="{}">Reset password</a><br>'
            "It is kept as a hash only: nobody can read it. A new one ends this user's sessions and tokens.",
            reverse("admin:auth_user_password_change", args=[user.pk]),
        )

    @display(description="signed in from")
    def addresses(self, user: User) -> SafeString | str:
        """Where the password was given, within 90 days: there nobody can lock the user out."""
        newest = user.sign_ins.order_by("-datetime")[:_ADDRESSES]
        return (
            format_html_join(mark_safe("<br>"), "{}, {}", ((row.address, time_tag(row.datetime)) for row in newest))
            or EMPTY
        )


def _is_admin(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser
