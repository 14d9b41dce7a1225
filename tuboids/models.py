"""Tuboids: columns of the contract's tables `tuboid_series` and `tiled_tuboids`."""

from django.db import models

from stickypi.models import Recorded


class TuboidSeries(Recorded):
    """One run of the matcher over the images of a device."""

    device = models.CharField(max_length=8)
    start_datetime = models.DateTimeField(help_text="UTC.")
    end_datetime = models.DateTimeField(help_text="UTC.")
    n_images = models.PositiveIntegerField("images")
    n_tuboids = models.PositiveIntegerField("tuboids", help_text="At most that many may be stored.")
    algo_name = models.CharField("algorithm", max_length=64)
    algo_version = models.CharField("version", max_length=46, help_text="<unix timestamp>-<md5>: sorts by time.")

    class Meta:
        db_table = "tuboid_series"
        verbose_name_plural = "tuboid series"
        constraints = [
            models.UniqueConstraint(
                fields=["device", "start_datetime", "end_datetime", "algo_name", "algo_version"],
                name="tuboid_series_run",
            )
        ]
        indexes = [models.Index(fields=["algo_name", "algo_version"], name="tuboid_series_algorithm")]

    def __str__(self) -> str:
        return f"{self.device}, {self.start_datetime:%Y-%m-%d %H:%M} to {self.end_datetime:%Y-%m-%d %H:%M}"


class TiledTuboid(Recorded):
    """One insect followed through the images of a series.

    The last columns, which are not on the wire, sum up its labels: those who write labels keep them up to date.
    """

    parent_series = models.ForeignKey(TuboidSeries, on_delete=models.CASCADE, related_name="tuboids")
    tuboid_id = models.CharField(max_length=100, unique=True)
    id_in_series = models.PositiveIntegerField()
    start_datetime = models.DateTimeField(help_text="First shot, UTC.")
    end_datetime = models.DateTimeField(help_text="Last shot, UTC.")
    n_shots = models.PositiveIntegerField("shots")
    n_sources = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="People and algorithms that label it."
    )
    n_people = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="People that label it.")
    differs_at = models.PositiveSmallIntegerField(
        null=True, help_text="Highest rank at which the latest labels differ: 0 type, 1 order, ...; null where at none."
    )

    class Meta:
        db_table = "tiled_tuboids"
        verbose_name = "tuboid"
        indexes = [
            models.Index(fields=["start_datetime"], name="tuboid_start"),
            models.Index(fields=["n_sources"], name="tuboid_sources"),
            models.Index(fields=["n_people"], name="tuboid_people"),
            models.Index(fields=["differs_at"], name="tuboid_differs"),
        ]

    def __str__(self) -> str:
        return self.tuboid_id
