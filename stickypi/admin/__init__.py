"""The admin: what the lists of all apps share, and the list of pending files."""

from django.contrib import admin

from stickypi.admin.columns import datetime_column
from stickypi.admin.tables import TableAdmin
from stickypi.models import PendingFile


@admin.register(PendingFile)
class PendingFileAdmin(TableAdmin):
    """Files that may have no row after a failure, until `manage.py remove_orphan_files` removes them."""

    list_display = ["key", "noted"]
    ordering = ["-id"]
    fields = ["key", "noted"]
    export_columns = ["key", "datetime_created"]
    search_fields = ()
    empty_text = "No failure has left files behind: rows and files correspond."

    noted = datetime_column("datetime_created", "noted")
