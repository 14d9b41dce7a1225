"""The files of images: which there should be, and whether they are sound."""

from collections.abc import Collection, Iterator

from images import queries, services
from sticky_pi_api.core import layout
from sticky_pi_api.core.errors import APIError, InvalidInput, Unavailable
from sticky_pi_api.core.formats import parse_datetime
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.jpeg import check_jpeg
from stickypi.storage.checking import damage_of
from stickypi.storage.owners import Expected, FileOwner
from stickypi.storage.stored import StoredFile


class ImageFiles(FileOwner):
    """An image and its thumbnails, which are derived from it."""

    folder = "raw_images"

    def owned(self, keys: Collection[str]) -> set[str]:
        named = {key: image for key in keys if (image := _image_of(key))}
        stored = queries.stored_md5s(sorted(set(named.values())))
        return {key for key, image in named.items() if image in stored}

    def expected(self, after: str) -> Iterator[Expected]:
        device = after.split("/")[1] if after.startswith(f"{self.folder}/") else ""
        for image, md5 in queries.md5s_from(device):
            for what in layout.IMAGE_SUFFIXES:
                if (key := layout.image_key(*image, what)) > after:
                    yield Expected(key, md5 if what == "image" else None, is_derived=what != "image")

    def damage(self, expected: Expected, stored: StoredFile) -> str | None:
        return damage_of(expected, check_jpeg)

    def remake(self, keys: Collection[str]) -> dict[str, str]:
        images: dict[ImageKey, list[str]] = {}
        for key in keys:
            if image := _image_of(key):
                images.setdefault(image, []).append(key)
        failed: dict[str, str] = {}
        for image, of_image in images.items():
            try:
                services.thumbnails_remake(image=image)
            except Unavailable:
                raise
            except APIError as error:
                failed |= dict.fromkeys(of_image, error.detail)
        return failed


def _image_of(key: str) -> ImageKey | None:
    """The image that has a file with this key; None if no image can have it.

    Not by `parse_image_name`: rows of earlier services have dates that are refused today.
    """
    device, _, moment = layout.image_name_of(key).removesuffix(".jpg").partition(".")
    try:
        image = ImageKey(device, parse_datetime(moment))
    except InvalidInput:
        return None
    return image if key in layout.image_keys(*image) else None
