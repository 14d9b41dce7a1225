"""Uploads of images: which of a client's files need uploading, and errors that name the file they are about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from .errors import APIError, InvalidInput
from .formats import image_name, parse_image_name, shown
from .info import ImageKey, check_distinct, field, parse_each
from .limits import NAMED_FILES
from .values import parse_md5


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


class NamedFile(NamedTuple):
    """A file that a device has: the image that it is of, and its md5."""

    key: ImageKey
    md5: str


def named_files(info: Any) -> list[NamedFile]:
    """The files of a list of `{"name": ..., "md5": ...}`, in its order."""
    return parse_each(
        info,
        lambda element: NamedFile(field(element, "name", _image_key), field(element, "md5", parse_md5)),
        most=NAMED_FILES,
    )


def _image_key(name: Any) -> ImageKey:
    if not isinstance(name, str):
        raise InvalidInput(f"{shown(name)} is not the name of a file: it takes <device>.<YYYY-MM-DD_HH-MM-SS>.jpg")
    return ImageKey(*parse_image_name(name))


def upload_keys(names: Sequence[str]) -> list[ImageKey]:
    """The images that files of these names are. Raises InvalidInput, also where two are of the same."""
    keys = []
    for index, name in enumerate(names):
        with naming_file(index, name):
            keys.append(ImageKey(*parse_image_name(name)))
    check_distinct(keys, lambda key: image_name(*key))
    return keys


@contextmanager
def naming_file(index: int, name: str) -> Iterator[None]:
    """Adds to an error of the block `items` that name the file of the call that it is about."""
    try:
        yield
    except APIError as error:
        items = [{"index": index, "file": shown(name), "detail": error.detail}]
        raise type(error)(error.detail, items=items, code=error.code) from error
