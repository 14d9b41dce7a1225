"""Images as a resource."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.authentication import uploader
from accounts.device_keys import check_devices
from api.resources import FileLink, TableViewSet
from images import queries, services
from images.filters import ImageFilters
from images.models import Image
from images.services import Upload
from sticky_pi_api.core import layout, records
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.core.image import check_bytes
from sticky_pi_api.core.uploads import NamedFile, named_files
from stickypi.http.operations import read_info

_NAMES_PER_QUERY = 10_000


def _name(file: NamedFile) -> str:
    return image_name(*file.key)


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
    warnings = serializers.SerializerMethodField(help_text="What could not be read of its sensors, which are null.")

    class Meta(ImageSerializer.Meta):
        fields = [*ImageSerializer.Meta.fields, "warnings"]
        read_only_fields = fields

    def get_warnings(self, image: Image) -> list[str]:
        return self.context["warnings"]


class UploadSerializer(serializers.Serializer):
    file = serializers.FileField(help_text="JPEG named <device>.<YYYY-MM-DD_HH-MM-SS>.jpg, as the trap wrote it.")
    md5 = serializers.CharField(required=False, help_text="Of the file: another one is refused as damaged.")


class NamedFileSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="<device>.<YYYY-MM-DD_HH-MM-SS>.jpg")
    md5 = serializers.CharField(help_text="Of the file.")


@extend_schema_serializer(many=False)  # of a list, it would be taken for an element
class MissingSerializer(serializers.Serializer):
    absent = serializers.ListField(child=serializers.CharField(), help_text="Names of files that are not stored.")
    different = NamedFileSerializer(many=True, help_text="Files stored under that name with another md5, which it is.")


class ImageViewSet(TableViewSet, RetrieveModelMixin):
    """Pictures of sticky cards, by device and datetime."""

    actions_of_keys = ("create", "missing")
    row = records.ImageRow

    queryset = Image.objects.all()
    filterset_class = ImageFilters
    ordering = ("device", "datetime")

    def get_serializer_class(self) -> type[Any]:
        return UploadSerializer if self.action == "create" else ImageSerializer

    @extend_schema(
        responses={201: StoredImageSerializer, 200: StoredImageSerializer}, summary="Store an image with its thumbnails"
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Takes a trap's JPEG file. One with unreadable sensor readings is stored too: see `warnings`.

        The same file again is answered with its row (200), another one of the same name is refused (409).
        """
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        file, md5 = sent.validated_data["file"], sent.validated_data.get("md5")
        check_bytes(file.name, file.size)
        stored, is_new = services.image_put_once(upload=Upload(file.name, file.read(), md5), user=uploader(request))
        context = {**self.get_serializer_context(), "warnings": stored.warnings}
        headers = {"Location": reverse("image-detail", [stored.image.pk], request=request)}
        return Response(
            StoredImageSerializer(stored.image, context=context).data,
            status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
            headers=headers,
        )

    @extend_schema(
        request=NamedFileSerializer(many=True),
        responses=MissingSerializer,
        summary="Which files are yet to be uploaded",
        filters=False,
    )
    @action(
        detail=False,
        methods=["post"],
        parser_classes=[JSONParser],
        renderer_classes=[JSONRenderer],
        pagination_class=None,
    )
    def missing(self, request: Request) -> Response:
        """Compares up to 10,000 files that a device has, by name and md5, with those that are stored."""
        named = named_files(read_info(request))
        check_devices(uploader=uploader(request), devices=[file.key.device for file in named])
        stored = queries.stored_md5s([file.key for file in named], keys_per_query=_NAMES_PER_QUERY)
        absent = [_name(file) for file in named if file.key not in stored]
        different = [
            {"name": _name(file), "md5": stored[file.key]}
            for file in named
            if stored.get(file.key, file.md5) != file.md5
        ]
        return Response({"absent": absent, "different": different})

    @extend_schema(summary="Delete an image with its annotations and files")
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cannot be undone."""
        services.images_delete(keys=[self.get_object().key])
        return Response(status=status.HTTP_204_NO_CONTENT)
