"""Columns that every table has, and the files that are on their way in or out."""

from django.db import models

from stickypi import __version__


class Recorded(models.Model):
    """When a row was written, with which version of the software, and by whom."""

    datetime_created = models.DateTimeField(auto_now_add=True)
    api_version = models.CharField(max_length=32, default=__version__, editable=False)
    api_user = models.CharField(max_length=32, null=True, editable=False)

    class Meta:
        abstract = True


class UnsettledFile(models.Model):
    """A file that may be in the storage without a row that owns it: see `stickypi.files`."""

    key = models.CharField(max_length=255, unique=True)
    datetime_created = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "unsettled_files"

    def __str__(self) -> str:
        return self.key
