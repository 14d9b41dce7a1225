"""A cache of md5s: a bundle is nothing but its files, and has no row of its own."""

from django.db import models


class CachedMD5(models.Model):
    """The md5 of one version of a file, where a listing does not give it; rows may be deleted at any time."""

    key = models.CharField(max_length=400, help_text="In the storage.")
    size = models.BigIntegerField(help_text="Bytes.")
    version = models.CharField(max_length=64, help_text="Time of change in ns on disk, ETag in a bucket.")
    md5 = models.CharField(max_length=40, help_text="Over 8 MiB in S3's multipart form.")

    class Meta:
        db_table = "cached_md5s"
        constraints = [models.UniqueConstraint(fields=["key"], name="cached_md5_key")]

    def __str__(self) -> str:
        return self.key
