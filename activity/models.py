"""Counts of images and captures by device, day and hour, kept up to date in the transactions that change them.

A capture is a tuboid at its first shot. A row has 24 numbers, one an hour of its day (UTC), so that a season of a fleet
is some thousands of rows, whichever hours a question is about. Rows whose numbers have all become 0 may stay.
"""

from django.db import models

HOURS = [f"h{hour:02d}" for hour in range(24)]
ALL_DEVICES = ""
ALL_TUBOIDS = 0  # as a source: whether labelled or not
NO_TAXON = 0  # of `ALL_TUBOIDS`


class HourlyCounts(models.Model):
    """Numbers by the hour of a day, UTC."""

    day = models.DateField(help_text="UTC.")
    # Not positive: what is taken away goes in as a negative number, to be added.
    (h00, h01, h02, h03, h04, h05, h06, h07, h08, h09, h10, h11) = (models.IntegerField(default=0) for _ in range(12))
    (h12, h13, h14, h15, h16, h17, h18, h19, h20, h21, h22, h23) = (models.IntegerField(default=0) for _ in range(12))

    class Meta:
        abstract = True


class ImageCount(HourlyCounts):
    """How many images a device took: the effort."""

    pk = models.CompositePrimaryKey("device", "day")
    device = models.CharField(max_length=8)

    class Meta:
        db_table = "image_counts"
        indexes = [models.Index(fields=["day"], name="image_count_day")]

    def __str__(self) -> str:
        return f"images of {self.device} on {self.day}"


class CaptureCount(HourlyCounts):
    """How many tuboids of a device a source of labels calls a taxon."""

    pk = models.CompositePrimaryKey("device", "source_id", "day", "taxon_id", "has_person")
    device = models.CharField(max_length=8, help_text="Empty: of all devices together.")
    source_id = models.BigIntegerField(help_text="Who labels them; 0: all tuboids, labelled or not.")
    taxon_id = models.BigIntegerField(help_text="0: of all tuboids.")
    has_person = models.BooleanField(help_text="Whether a person labels them, too: people may come before algorithms.")

    class Meta:
        db_table = "capture_counts"

    def __str__(self) -> str:
        return f"taxon {self.taxon_id} by source {self.source_id} on {self.device or 'all devices'}, {self.day}"


class CountLock(models.Model):
    """One row: who changes counts shares its lock, who counts anew has it alone."""

    class Meta:
        db_table = "count_locks"

    def __str__(self) -> str:
        return "the lock of the counts"
