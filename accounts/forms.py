"""Forms of the admin for users."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AdminPasswordChangeForm, AuthenticationForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import roles
from accounts.models import User
from sticky_pi_api.core.errors import Throttled

_ROLES = (
    "Viewers see everything. Curators also annotate images and label tuboids, here. "
    "Writers also upload, here and with the client. Administrators need none of them."
)


class SignInForm(AuthenticationForm):
    """User name and password. Too many attempts are not told as a wrong password."""

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except Throttled as error:
            message = f"{error.detail[0].upper()}{error.detail[1:]}. The password has not been checked."
            raise ValidationError(message, code=error.code) from error


class _RolesForm(forms.ModelForm):
    """Names are in lower case, and `can_write` goes with the group of Writers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].label = "Roles"
        self.fields["groups"].help_text = _ROLES

    def clean_username(self) -> str:
        return self.cleaned_data["username"].lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.instance.can_write = roles.may_write(cleaned.get("groups", ()))
        return cleaned


class NewUserForm(_RolesForm, UserCreationForm):
    """A new user with a password, typed twice: a viewer unless said otherwise."""

    usable_password = None

    class Meta:
        model = User
        fields = ("username", "email", "is_admin", "groups")
        widgets = {"groups": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].initial = self.fields["groups"].queryset.filter(name=roles.VIEWERS)  # type: ignore[attr-defined]


class UserForm(_RolesForm, UserChangeForm):
    """An existing user. Who edits themselves cannot shut themselves out."""

    editor: User

    class Meta:
        model = User
        fields = ("username", "email", "is_active", "is_admin", "groups")
        widgets = {"groups": UnfoldAdminCheckboxSelectMultipleWidget}

    def clean(self) -> dict[str, Any]:
        """Keeps at least one administrator: the one who edits."""
        cleaned = super().clean()
        if self.editor.pk == self.instance.pk:
            for name in ("is_admin", "is_active"):
                if not cleaned.get(name):
                    self.add_error(name, "You cannot take this from yourself: ask another administrator.")
        return cleaned


class ResetPasswordForm(AdminPasswordChangeForm):
    """A new password for another user, typed twice. It ends their sessions and tokens."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)  # who shall not log in any more is made inactive
        for field in self.fields.values():
            field.required = True
