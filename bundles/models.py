"""What is remembered of the files of bundles: the files themselves are all that a bundle is."""

from django.db import models


class BundleFile(models.Model):
    """The md5 of a file at one version of it, where a listing does not tell it; rows may be deleted at any time."""

    key = models.CharField(max_length=400, unique=True, help_text="In the storage.")
    size = models.BigIntegerField(help_text="Bytes.")
    version = models.CharField(max_length=64, help_text="Time of change in ns on disk, ETag in a bucket.")
    md5 = models.CharField(max_length=40, help_text="Over 8 MiB in S3's multipart form.")

    class Meta:
        db_table = "bundle_files"

    def __str__(self) -> str:
        return self.key
