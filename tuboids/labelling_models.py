"""What labelling needs beside the contract's tables. Nothing here is on the wire.

Labels repeat names and taxonomies as text. `Taxon`, `LabelSource` and `Opinion` say the same in small numbers, so that
questions over all labels ("where do these two disagree?") are answered from an index; `tuboids.opinions` keeps them
up to date.
"""

from django.conf import settings
from django.db import models

from sticky_pi_api.core.records import TAXONOMY

RANKS = ("type", *TAXONOMY)
NOWHERE = len(RANKS)  # `differs_at` of a tuboid whose labels do not contradict each other


class Taxon(models.Model):
    """What a label can say: from a taxonomy file, or as first seen on a label."""

    path = models.CharField(max_length=292, help_text="type;order;family;genus;species, as far as they are told.")
    text = models.CharField(max_length=130, help_text="How it is called on the desk.")
    common_name = models.CharField(max_length=64, blank=True)
    label = models.IntegerField(help_text="Number of labels that people give.")
    pattern = models.CharField(max_length=128)
    type = models.CharField(max_length=32)
    order = models.CharField(max_length=64, null=True, blank=True)
    family = models.CharField(max_length=64, null=True, blank=True)
    genus = models.CharField(max_length=64, null=True, blank=True)
    species = models.CharField(max_length=64, null=True, blank=True)
    is_imported = models.BooleanField(default=False, help_text="Whether a taxonomy file has it.")

    class Meta:
        db_table = "taxa"
        verbose_name_plural = "taxa"
        constraints = [models.UniqueConstraint(fields=["path"], name="taxon_path")]

    def __str__(self) -> str:
        return self.text


class LabelSource(models.Model):
    """Who gives labels: a version of an algorithm, a person (no version), or all people together (`human:`)."""

    name = models.CharField(max_length=64)
    version = models.CharField(max_length=46, blank=True)

    class Meta:
        db_table = "label_sources"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="label_source_name_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


class Opinion(models.Model):
    """What a source says a tuboid is: of a person, their latest label."""

    pk = models.CompositePrimaryKey("source_id", "tuboid_id")
    source = models.ForeignKey(LabelSource, on_delete=models.CASCADE, db_index=False)
    tuboid = models.ForeignKey("tuboids.TiledTuboid", on_delete=models.CASCADE, related_name="opinions")
    taxon = models.ForeignKey(Taxon, on_delete=models.PROTECT, db_index=False)

    class Meta:
        db_table = "label_opinions"
        indexes = [models.Index(fields=["taxon", "source", "tuboid"], name="opinion_taxon_source")]

    def __str__(self) -> str:
        return f"{self.tuboid_id}: {self.source_id} says {self.taxon_id}"


class Standing(models.Model):
    """Where the labels of a tuboid stand. Every tuboid has one."""

    tuboid = models.OneToOneField("tuboids.TiledTuboid", on_delete=models.CASCADE, primary_key=True)
    n_sources = models.PositiveSmallIntegerField(default=0, help_text="People, and algorithms in any version.")
    n_people = models.PositiveSmallIntegerField(default=0)
    differs_at = models.PositiveSmallIntegerField(
        default=NOWHERE, help_text="Highest rank at which latest labels differ: 0 type, 1 order, ... 5 nowhere."
    )

    class Meta:
        db_table = "label_standings"
        indexes = [
            models.Index(fields=["n_people", "tuboid"], name="standing_people"),
            models.Index(fields=["n_sources", "tuboid"], name="standing_sources"),
            models.Index(fields=["differs_at", "tuboid"], name="standing_differs"),
        ]

    def __str__(self) -> str:
        return f"{self.tuboid_id}: {self.n_people} people"


class Remark(models.Model):
    """What a person adds to a label."""

    CONFIDENCES = [("low", "low"), ("medium", "medium"), ("high", "high")]

    label = models.OneToOneField("tuboids.ITCLabel", on_delete=models.CASCADE, primary_key=True)
    confidence = models.CharField(max_length=6, choices=CONFIDENCES, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "label_remarks"

    def __str__(self) -> str:
        return f"{self.confidence} {self.note}".strip()


class Reservation(models.Model):
    """A tuboid that a person has before them: nobody else gets it until it expires."""

    tuboid = models.OneToOneField("tuboids.TiledTuboid", on_delete=models.CASCADE, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "tuboid_reservations"

    def __str__(self) -> str:
        return f"{self.tuboid_id} until {self.expires:%H:%M:%S}"


class Skip(models.Model):
    """A tuboid that a person would rather leave to others."""

    tuboid = models.ForeignKey("tuboids.TiledTuboid", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        db_table = "tuboid_skips"
        constraints = [models.UniqueConstraint(fields=["user", "tuboid"], name="skip_user_tuboid")]

    def __str__(self) -> str:
        return f"{self.user_id} skipped {self.tuboid_id}"


class ImageScale(models.Model):
    """How many pixels of the image a millimetre on the card has, where a person has measured it."""

    device = models.CharField(max_length=8, blank=True, unique=True, help_text="Empty: all devices without their own.")
    pixels_per_mm = models.FloatField()

    class Meta:
        db_table = "image_scales"

    def __str__(self) -> str:
        return f"{self.device or 'all devices'}: {self.pixels_per_mm:g} px/mm"
