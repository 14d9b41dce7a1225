"""What workers hold, have done, and could not do."""

from django.db import models

from images.models import Image
from sticky_pi_api.core.work import IMAGES, KINDS
from stickypi.models import Recorded
from tuboids.models import TiledTuboid


class Task(models.Model):
    """What a version of an algorithm has to do, once somebody has asked for it."""

    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in KINDS], default=IMAGES)
    algo_name = models.CharField("algorithm", max_length=64)
    algo_version = models.CharField("version", max_length=46)

    class Meta:
        db_table = "work_tasks"
        constraints = [models.UniqueConstraint(fields=["algo_name", "algo_version", "kind"], name="work_task")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.algo_name} {self.algo_version}"


class Lease(models.Model):
    """An item of a task that was given to a worker: no other gets it until it is done, or the lease ends.

    What is given back, or failed, has no token, and ends at once: it is given again.
    """

    HELD, DONE, ASIDE = "held", "done", "aside"
    STATES = [(HELD, "held"), (DONE, "done"), (ASIDE, "set aside")]

    task = models.ForeignKey(Task, on_delete=models.CASCADE, db_index=False)
    state = models.CharField(max_length=5, choices=STATES, default=HELD)
    token = models.CharField(max_length=48, blank=True, db_index=True, help_text="Of the call that it was given to.")
    holder = models.CharField(max_length=98, help_text="Who had it last: the user, and which worker of theirs.")
    ends = models.DateTimeField(help_text="When others get it; of what is done or set aside, when that was.")
    attempts = models.PositiveIntegerField(default=1, help_text="How often it was given.")
    failures = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True, help_text="Of the last failure.")

    class Meta:
        abstract = True


class ImageLease(Lease):
    item = models.ForeignKey(
        Image, on_delete=models.CASCADE, db_column="image_id", related_name="leases", db_index=False
    )

    class Meta:
        db_table = "image_leases"
        constraints = [models.UniqueConstraint(fields=["item", "task"], name="image_lease")]
        indexes = [models.Index(fields=["task", "state", "ends"], name="image_lease_state")]

    def __str__(self) -> str:
        return f"image {self.item_id}: {self.state}"


class TuboidLease(Lease):
    item = models.ForeignKey(
        TiledTuboid, on_delete=models.CASCADE, db_column="tuboid_id", related_name="leases", db_index=False
    )

    class Meta:
        db_table = "tuboid_leases"
        constraints = [models.UniqueConstraint(fields=["item", "task"], name="tuboid_lease")]
        indexes = [models.Index(fields=["task", "state", "ends"], name="tuboid_lease_state")]

    def __str__(self) -> str:
        return f"tuboid {self.item_id}: {self.state}"


class Sweep(models.Model):
    """How far the items of a choice have been given out: up to this id, each is done or has a lease.

    So what is done, however much, is not looked at again. It begins anew after a day, whatever moved meanwhile.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, db_index=False)
    choice = models.CharField(max_length=32, help_text="Md5 of what was asked for.")
    position = models.BigIntegerField(default=0)
    started = models.DateTimeField()

    class Meta:
        db_table = "work_sweeps"
        constraints = [models.UniqueConstraint(fields=["task", "choice"], name="work_sweep")]

    def __str__(self) -> str:
        return f"{self.task_id}: up to {self.position}"


class MatchedSeries(Recorded):
    """A range of a device's images that a matcher has been through, also where it found nothing."""

    device = models.CharField(max_length=8)
    start_datetime = models.DateTimeField(help_text="UTC.")
    end_datetime = models.DateTimeField(help_text="UTC.")
    algo_name = models.CharField("algorithm", max_length=64)
    algo_version = models.CharField("version", max_length=46)
    n_images = models.PositiveIntegerField("images")
    n_tuboids = models.PositiveIntegerField("tuboids", help_text="0: none found.")
    done_at = models.DateTimeField(help_text="When it was last done.")

    class Meta:
        db_table = "matched_series"
        verbose_name_plural = "matched series"
        constraints = [
            models.UniqueConstraint(
                fields=["device", "start_datetime", "end_datetime", "algo_name", "algo_version"], name="matched_series"
            )
        ]

    def __str__(self) -> str:
        return f"{self.device}, {self.start_datetime:%Y-%m-%d %H:%M} to {self.end_datetime:%Y-%m-%d %H:%M}"
