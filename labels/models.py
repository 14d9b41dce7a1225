"""Labels: columns of the contract's table `itc_labels`, and what labelling needs beside it, which is not on the wire.

Labels repeat names and taxonomies as text. `Taxon`, `LabelSource` and `LatestLabel` say the same in small numbers, so
that questions over all labels ("where do these two disagree?") are answered from an index; `labels.summaries` keeps
them up to date.
"""

from django.conf import settings
from django.db import models

from sticky_pi_api.core.people import PERSON_PREFIX, is_person
from sticky_pi_api.core.records import RANKS
from sticky_pi_api.core.taxa import taxon_text
from stickypi.models import Recorded
from tuboids.models import TiledTuboid

ALL_PEOPLE = PERSON_PREFIX  # the name of the source that has the latest label of any person


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
        return f"{self.parent_tuboid}: {self.text}"

    @property
    def text(self) -> str:
        """How its taxon is called on the desk."""
        return taxon_text([getattr(self, rank) for rank in RANKS])


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
    """Who gives labels: a version of an algorithm, a person (no version), or `ALL_PEOPLE`."""

    name = models.CharField(max_length=64)
    version = models.CharField(max_length=46, blank=True)

    class Meta:
        db_table = "label_sources"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="label_source_name_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    @property
    def is_person(self) -> bool:
        """Whether it is a person, or all people."""
        return is_person(self.name)


class LatestLabel(models.Model):
    """The taxon that a source gives a tuboid, by its latest label."""

    pk = models.CompositePrimaryKey("source_id", "tuboid_id")
    source = models.ForeignKey(LabelSource, on_delete=models.CASCADE, db_index=False)
    tuboid = models.ForeignKey(TiledTuboid, on_delete=models.CASCADE, related_name="latest_labels")
    taxon = models.ForeignKey(Taxon, on_delete=models.PROTECT, db_index=False)

    class Meta:
        db_table = "latest_labels"
        indexes = [models.Index(fields=["taxon", "source", "tuboid"], name="latest_label_taxon_source")]

    def __str__(self) -> str:
        return f"tuboid {self.tuboid_id}: taxon {self.taxon_id} by source {self.source_id}"


class Remark(models.Model):
    """What a person adds to a label."""

    CONFIDENCES = [("low", "low"), ("medium", "medium"), ("high", "high")]

    label = models.OneToOneField(ITCLabel, on_delete=models.CASCADE, primary_key=True)
    confidence = models.CharField(max_length=6, choices=CONFIDENCES, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "label_remarks"

    def __str__(self) -> str:
        return f"{self.confidence} {self.note}".strip()


class Reservation(models.Model):
    """A tuboid that a person has before them: no other person, nor window of theirs, gets it until it expires."""

    tuboid = models.OneToOneField(TiledTuboid, on_delete=models.CASCADE, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    window = models.CharField(max_length=64, blank=True, help_text="Which window of the person, where they say so.")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "tuboid_reservations"

    def __str__(self) -> str:
        return f"tuboid {self.tuboid_id} until {self.expires:%H:%M:%S}"


class Skip(models.Model):
    """A tuboid that a person would rather leave to others."""

    tuboid = models.ForeignKey(TiledTuboid, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        db_table = "tuboid_skips"
        constraints = [models.UniqueConstraint(fields=["user", "tuboid"], name="skip_user_tuboid")]

    def __str__(self) -> str:
        return f"user {self.user_id} skipped tuboid {self.tuboid_id}"
