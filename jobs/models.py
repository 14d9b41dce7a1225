"""Jobs, with how far they are. The queue itself is django-tasks', which knows neither progress nor lost workers."""

from django.db import models

from stickypi.models import Recorded


class Status(models.TextChoices):
    """Of a job."""

    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


OPEN = (Status.QUEUED, Status.RUNNING)


class Job(Recorded):
    """Long work that a user has asked for; `api_user` is who.

    A worker that runs it writes its `heartbeat` every few seconds. One that falls silent has lost it: the job is queued
    again, as the next attempt, and what the lost worker says later counts no more.
    """

    kind = models.CharField(max_length=32)
    options = models.JSONField(default=dict)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=1)
    is_cancelling = models.BooleanField(default=False)
    n_done = models.PositiveIntegerField(default=0)
    n_total = models.PositiveIntegerField(default=0, help_text="Zero while it is not known.")
    note = models.CharField(max_length=200, default="", help_text="What it is at.")
    heartbeat = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    error = models.TextField(default="")
    result_key = models.CharField(max_length=255, null=True, unique=True)
    result_bytes = models.BigIntegerField(null=True)
    expires = models.DateTimeField(null=True, help_text="When the result is removed.")

    class Meta:
        db_table = "jobs"
        indexes = [
            models.Index(fields=["status", "heartbeat"], name="jobs_by_status"),
            models.Index(fields=["api_user_id", "id"], name="jobs_by_user"),
            models.Index(fields=["expires"], name="jobs_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN
