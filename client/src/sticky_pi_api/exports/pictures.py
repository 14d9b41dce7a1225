"""The pictures of an export."""

from collections.abc import Collection

from ..core.formats import image_name
from .folder import Folder
from .season import Season


def download_images(season: Season, folder: Folder, only: Collection[int] | None = None) -> None:
    """Downloads the images of the range into `images/`; with `only`, those with these ids."""
    for rows in season.images("image"):
        for row in rows:
            if only is None or row["id"] in only:
                path = folder.path / "images" / image_name(row["device"], row["datetime"])
                season.client.fetch(row["url"], path, md5=row["md5"])
