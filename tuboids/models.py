"""Tuboids: columns of the contract's tables `tuboid_series`, `tiled_tuboids` and `itc_labels`."""

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
    """One insect followed through the images of a series."""

    parent_series = models.ForeignKey(TuboidSeries, on_delete=models.CASCADE, related_name="tuboids")
    tuboid_id = models.CharField(max_length=100, unique=True)
    id_in_series = models.PositiveIntegerField()
    start_datetime = models.DateTimeField(help_text="First shot, UTC.")
    end_datetime = models.DateTimeField(help_text="Last shot, UTC.")
    n_shots = models.PositiveIntegerField("shots")

    class Meta:
        db_table = "tiled_tuboids"
        verbose_name = "tuboid"
        indexes = [models.Index(fields=["start_datetime"], name="tuboid_start")]

    def __str__(self) -> str:
        return self.tuboid_id


class ITCLabel(Recorded):
    """What a classifier or a person says a tuboid is."""

    parent_tuboid = models.ForeignKey(TiledTuboid, on_delete=models.CASCADE, related_name="labels")
    algo_name = models.CharField("algorithm", max_length=64)
    algo_version = models.CharField("version", max_length=46, help_text="<unix timestamp>-<md5>: sorts by time.")
    label = models.IntegerField()
    pattern = models.CharField(max_length=128)
    type = models.CharField(max_length=32)
    order = models.CharField(max_length=64, null=True, blank=True)
    family = models.CharField(max_length=64, null=True, blank=True)
    genus = models.CharField(max_length=64, null=True, blank=True)
    species = models.CharField(max_length=64, null=True, blank=True)

    class Meta:
        db_table = "itc_labels"
        verbose_name = "ITC label"
        constraints = [
            models.UniqueConstraint(fields=["parent_tuboid", "algo_name", "algo_version"], name="label_tuboid_algo")
        ]
        indexes = [models.Index(fields=["algo_name", "algo_version"], name="label_algorithm")]

    def __str__(self) -> str:
        return f"{self.parent_tuboid}: {self.species or self.genus or self.family or self.order or self.type}"


# Django finds an app's models here.
from tuboids.labelling_models import (  # noqa: E402
    ImageScale,
    LabelSource,
    Opinion,
    Remark,
    Reservation,
    Skip,
    Standing,
    Taxon,
)

__all__ = [
    "ITCLabel",
    "ImageScale",
    "LabelSource",
    "Opinion",
    "Remark",
    "Reservation",
    "Skip",
    "Standing",
    "Taxon",
    "TiledTuboid",
    "TuboidSeries",
]
