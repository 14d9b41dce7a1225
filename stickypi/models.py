"""Columns that every table has, and the files that are being stored or removed."""

from django.db import models

from stickypi import __version__


def software_version() -> str:
    """The default of `api_version`: a callable, so that a release needs no migration."""
    return __version__


class Recorded(models.Model):
    """When a row was written, with which version of the software, and by whom."""

    datetime_created = models.DateTimeField(auto_now_add=True)
    api_version = models.CharField(max_length=32, default=software_version, editable=False)
    api_user = models.CharField(max_length=32, null=True, editable=False)
    # No foreign key: each insert would lock the user's row, and users are never deleted.
    api_user_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True


class PendingFile(models.Model):
    """A file that may be in the storage without a row that owns it: see `stickypi.storage.pending_files`."""

    # Not unique: notes of different faults do not wait for each other.
    key = models.CharField(max_length=255, db_index=True)
    datetime_created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "pending_files"

    def __str__(self) -> str:
        return self.key
