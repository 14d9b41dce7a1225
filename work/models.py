"""What workers hold."""

from django.db import models

from images.models import Image
from stickypi.models import Recorded


class ImageHold(Recorded):
    """An image that a worker is about to annotate: no other gets it until that annotation comes, or it expires."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="holds", db_index=False)
    algo_name = models.CharField("algorithm", max_length=64)
    algo_version = models.CharField("version", max_length=46)
    call = models.CharField(max_length=32, help_text="Of the call that it was given to.")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "image_holds"
        constraints = [models.UniqueConstraint(fields=["image", "algo_name"], name="image_hold")]

    def __str__(self) -> str:
        return f"{self.image} for {self.algo_name} until {self.expires:%Y-%m-%d %H:%M}"
