"""Changes of rows: noted first, and numbered once they are committed (`changes.services`)."""

from django.db import models


class NotedChange(models.Model):
    """Which row came or went. A row that went is known by its name still."""

    kind = models.CharField(max_length=16, help_text="image, annotation, tuboid-series, tuboid or label.")
    action = models.CharField(max_length=8, help_text="came or went.")
    row_id = models.BigIntegerField()
    device = models.CharField(max_length=8)
    name = models.CharField(max_length=128, help_text="Of the image or tuboid that it is, or is of.")

    class Meta:
        abstract = True


class PendingChange(NotedChange):
    """A change that has no number yet, written in the transaction that makes it."""

    datetime = models.DateTimeField()

    class Meta:
        db_table = "pending_changes"

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id} {self.action}"


class Change(NotedChange):
    """A change by its number: 1, 2, 3, ..."""

    datetime = models.DateTimeField(help_text="When it was noted.")

    class Meta:
        db_table = "changes"

    def __str__(self) -> str:
        return f"{self.pk}: {self.kind} {self.row_id} {self.action}"


class ChangeCounter(models.Model):
    """One row: the last number. Who gives numbers has its lock."""

    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "change_counter"

    def __str__(self) -> str:
        return f"up to {self.last}"
