"""Which of a client's images are to be uploaded."""

from collections.abc import Iterable, Mapping
from typing import Any

from .formats import image_name
from .info import ImageKey


def images_to_upload(
    files: Iterable[tuple[int, ImageKey, str]], there: Mapping[ImageKey, str]
) -> tuple[list[int], list[dict[str, Any]]]:
    """Compares local files with what is there.

    Args:
        files: index, key and md5 of each file.
        there: key -> md5 of the images that are there.

    Returns:
        Indices of the files to upload, one per image; and an item of an error for each that conflicts: whose image
        is there, or comes before it in `files`, with another md5.
    """
    upload, conflicts, seen = [], [], dict(there)
    for index, key, md5 in files:
        if key not in seen:
            upload.append(index)
        elif seen[key] != md5:
            before = "stored" if key in there else "among these files"
            detail = f"{image_name(*key)} is already {before} with another md5 ({seen[key]}, not {md5})"
            conflicts.append({"index": index, "detail": detail})
        seen.setdefault(key, md5)
    return upload, conflicts
