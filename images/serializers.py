"""Images and devices as resources."""

from collections.abc import Callable

from rest_framework import serializers

from images.models import Image
from sticky_pi_api.core import layout, records
from stickypi.resources import FileLink


def _key(what: str) -> Callable[[Image], str]:
    return lambda image: layout.image_key(image.device, image.naive_datetime, what)


class ImageSerializer(serializers.ModelSerializer):
    """The contract's columns of an image, and links to its files."""

    href = serializers.HyperlinkedIdentityField(view_name="image-detail")
    image = FileLink(_key("image"), help_text="The file as uploaded.")
    thumbnail = FileLink(_key("thumbnail"), help_text="Within 512x384.")
    thumbnail_mini = FileLink(_key("thumbnail-mini"), help_text="Within 128x96.")

    class Meta:
        model = Image
        fields = ["href", *records.IMAGES, "image", "thumbnail", "thumbnail_mini"]
        read_only_fields = fields


class StoredImageSerializer(ImageSerializer):
    """An image that has just been stored."""

    warnings = serializers.SerializerMethodField(help_text="What could not be read of its sensors, which are null.")

    class Meta(ImageSerializer.Meta):
        fields = [*ImageSerializer.Meta.fields, "warnings"]
        read_only_fields = fields

    def get_warnings(self, image: Image) -> list[str]:
        """From the context: no column holds them."""
        return self.context["warnings"]


class UploadSerializer(serializers.Serializer):
    """An image on its way in."""

    file = serializers.FileField(help_text="JPEG named <device>.<YYYY-MM-DD_HH-MM-SS>.jpg, as the trap wrote it.")
    md5 = serializers.CharField(required=False, help_text="Of the file: another one is refused as damaged.")


class DeviceSerializer(serializers.Serializer):
    """A device by its first and last image, its sensors being those of the last."""

    href = serializers.HyperlinkedIdentityField(view_name="device-detail", lookup_field="device")
    device = serializers.CharField()
    first_datetime = serializers.DateTimeField(help_text="Of its first image.")
    last_datetime = serializers.DateTimeField(source="last_image.datetime", help_text="Of its last image.")
    n_images_7_days = serializers.IntegerField(help_text="Images in the 7 days to its last one: 504 without gaps.")
    last_image = ImageSerializer()
