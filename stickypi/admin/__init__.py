"""The admin: what the lists of all apps share, and the table of the wiring."""

from django.contrib import admin

from stickypi.admin.columns import moment
from stickypi.admin.tables import TableAdmin
from stickypi.models import PendingFile


@admin.register(PendingFile)
class PendingFileAdmin(TableAdmin):
    """Files that a fault has left behind, until `manage.py remove_orphan_files` removes them."""

    list_display = ["key", "noted"]
    ordering = ["-id"]
    fields = ["key", "noted"]
    export_columns = ["key", "datetime_created"]
    search_fields = ()
    empty_text = "No fault has left files behind: rows and files correspond."

    noted = moment("datetime_created", "noted")
