"""Annotations: columns of the contract's table `uid_annotations`."""

from django.db import models

from images.models import Image
from stickypi.models import Recorded


class UIDAnnotation(Recorded):
    """The insects that one version of an algorithm, or a person, found on one image."""

    parent_image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="annotations")
    algo_name = models.CharField("algorithm", max_length=64)
    algo_version = models.CharField("version", max_length=46, help_text="<unix timestamp>-<md5>: sorts by time.")
    n_objects = models.PositiveIntegerField("insects", help_text="Number of contours.")
    json = models.TextField(help_text="The object as it was submitted.")

    class Meta:
        db_table = "uid_annotations"
        verbose_name = "annotation"
        constraints = [
            models.UniqueConstraint(fields=["parent_image", "algo_name", "algo_version"], name="annotation_image_algo")
        ]
        indexes = [
            models.Index(fields=["algo_name", "algo_version"], name="annotation_algorithm"),
            models.Index(fields=["parent_image", "algo_name", "algo_version", "n_objects"], name="annotation_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.parent_image} by {self.algo_name} {self.algo_version}"


class Comparison(models.Model):
    """What a detector found on an image against what a person says: kept, as annotations do not change."""

    pk = models.CompositePrimaryKey("found_id", "truth_id")
    found = models.ForeignKey(UIDAnnotation, on_delete=models.CASCADE, related_name="+", db_index=False)
    truth = models.ForeignKey(UIDAnnotation, on_delete=models.CASCADE, related_name="+")
    insects = models.TextField(help_text="JSON: [in_truth, in_found, area] of each; empty where there are too many.")

    class Meta:
        db_table = "detection_comparisons"

    def __str__(self) -> str:
        return f"annotation {self.found_id} against {self.truth_id}"
