"""Deletion in the admin: through the services, after a page that lists what goes and asks to type its number."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import action
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse

from sticky_pi_api.core.errors import APIError, Unavailable
from stickypi.admin.tables import TableAdmin
from stickypi.storage import files

MAX_ROWS = 30_000  # SQLite takes 32,766 parameters in a query
_MAX_LOGGED = 1000  # rows that the admin's log lists one by one
_CONFIRMATION = "stickypi/delete_rows.html"
_SAMPLE = 10  # rows whose files are measured


class DeletableAdmin(TableAdmin):
    """A table whose rows administrators may delete. Subclasses count what is deleted with rows, and call a service."""

    actions = ["export_selected_csv", "delete_rows"]

    def related_counts(self, rows: QuerySet[Any]) -> dict[str, int]:
        """Name -> number of everything that deleting these rows deletes, the rows themselves first."""
        raise NotImplementedError

    def file_keys(self, row: Any) -> list[str]:
        """Storage keys of the files that are deleted with a row."""
        return []

    def delete(self, rows: QuerySet[Any]) -> None:
        """Deletes rows and everything that `related_counts` counts."""
        raise NotImplementedError

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without Django's own deletion, which would list every single related object."""
        return {name: each for name, each in super().get_actions(request).items() if name != "delete_selected"}

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.delete_queryset(request, self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.delete(queryset)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """For Django's confirmation page of a single row."""
        counts = self.related_counts(self.model._default_manager.filter(pk__in=[each.pk for each in objs]))
        return [str(each) for each in objs], counts, set(), []

    @action(description="Delete selected …", permissions=["delete"])
    def delete_rows(self, request: HttpRequest, rows: QuerySet[Any]) -> TemplateResponse | None:
        """Asks to type the number of rows, then deletes them."""
        counts = self.related_counts(rows)
        number, *_ = counts.values()
        if not 0 < number <= MAX_ROWS:
            messages.error(
                request, f"{number:,d} rows: at most {MAX_ROWS:,d} can be deleted at once. Narrow the list down."
            )
            return None
        if (typed := request.POST.get("number", "").replace(",", "").strip()) == str(number):
            self._delete_and_log(request, rows, counts)
            return None
        return self._ask(request, rows, counts, wrong=bool(typed))

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Any], counts: dict[str, int], *, wrong: bool
    ) -> TemplateResponse:
        number, *_ = counts.values()
        context = {
            **self.admin_site.each_context(request),
            "title": f"Delete {_join_counts(counts)}?",
            "subtitle": None,
            "opts": self.opts,
            "counts": counts,
            "number": number,
            "wrong": wrong,
            "size": _estimated_size(rows, number, self.file_keys),
            "examples": rows[:5],
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, _CONFIRMATION, context)

    def _delete_and_log(self, request: HttpRequest, rows: QuerySet[Any], counts: dict[str, int]) -> None:
        names = [str(row) for row in rows[:_MAX_LOGGED]]
        more = " …" if len(names) == _MAX_LOGGED else ""
        try:
            self.delete_queryset(request, rows)
        except APIError as error:
            messages.error(request, f"Nothing was deleted: {error.detail}.")
            return
        LogEntry.objects.create(
            user_id=request.user.pk,  # type: ignore[misc]
            content_type=ContentType.objects.get_for_model(self.model),
            object_repr=_join_counts(counts)[:200],
            action_flag=DELETION,
            change_message=f"Deleted {_join_counts(counts)}: {', '.join(names)}{more}",
        )
        messages.success(request, f"Deleted {_join_counts(counts)}.")


def _join_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,d} {name}" for name, number in counts.items())


def _estimated_size(rows: QuerySet[Any], number: int, keys_of: Callable[[Any], list[str]]) -> str | None:
    """An estimate of the size of all files, from those of some rows; None if they cannot be measured."""
    sample = list(rows[:_SAMPLE])
    keys = [key for row in sample for key in keys_of(row)]
    try:
        total = sum(files().size(key) for key in keys)
    except (OSError, Unavailable):
        return None
    return filesizeformat(total * number / len(sample)) if keys else None
