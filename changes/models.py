"""Changes of rows: noted first, and numbered once they are committed (`changes.services`); who is sent them."""

from typing import Literal, get_args

from django.db import models

from stickypi.models import Recorded

Kind = Literal["image", "annotation", "tuboid-series", "tuboid", "label"]
KINDS = get_args(Kind)
COLUMNS = ("datetime", "action", "kind", "row_id", "device", "name")


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


class Webhook(Recorded):
    """An address that changes are posted to, page by page, as `changes.webhooks` says."""

    name = models.CharField(max_length=64)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=64, help_text="With which what is sent is signed: it must be known to sign.")
    kinds = models.CharField(max_length=100, blank=True, help_text="With commas; empty: all.")
    device = models.CharField(max_length=64, default="%", help_text="A LIKE pattern.")
    position = models.BigIntegerField(help_text="The last change that has been sent, or passed over.")
    is_active = models.BooleanField(default=True)
    due = models.DateTimeField(help_text="When it is the turn of this one next.")
    failures = models.PositiveIntegerField(default=0, help_text="Since it was last received.")
    error = models.CharField(max_length=300, blank=True, help_text="The last one.")
    received = models.DateTimeField(null=True, help_text="When the last page was.")

    class Meta:
        db_table = "webhooks"
        indexes = [models.Index(fields=["is_active", "due"], name="webhook_due")]

    def __str__(self) -> str:
        return self.name
