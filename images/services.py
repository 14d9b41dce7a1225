"""Writes of images: ingest and deletion; and of their scales.

How rows and files stay together is said in `stickypi.storage.pending_files`: the keys are noted as pending, the rows
are inserted (a duplicate, also a concurrent one, fails here, before any file is touched), the files are put where there
are none, the notes are deleted, and all rows are committed at once. A fault at any step rolls the rows back and removes
what the call has put, now or, after a kill, when orphan files are removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from images import queries
from images.models import Image, ImageScale
from sticky_pi_api.core import layout
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Conflict, InvalidInput
from sticky_pi_api.core.image import ParsedImage, parse_image
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.uploads import blaming, upload_keys
from stickypi.storage.pending_files import remove_on_commit, storing

MAX_PIXELS_PER_MM = 1000.0
_KEYS_PER_DELETION = 500


@dataclass(frozen=True)
class Upload:
    """A file as it arrives: `md5` is what the sender says it is."""

    name: str
    data: bytes
    md5: str | None = None


@dataclass(frozen=True)
class Stored:
    """An image that has been stored, and what could not be read of its sensors."""

    image: Image
    warnings: list[str]


def images_put(*, uploads: Sequence[Upload], user: User) -> list[Stored]:
    """Stores images with their thumbnails, all or none.

    Raises:
        InvalidInput, TooLarge: a file is not a sound image; `items` says which.
        Conflict: an image is already there; it is left as it is.
        Unavailable: storage or database away; nothing is stored.
    """
    keys = _keys(uploads)
    _refuse_existing(keys)
    parsed = [_parsed(index, upload) for index, upload in enumerate(uploads)]
    rows = [_row(image, user) for image in parsed]
    try:
        with storing(_files(parsed), derived=_thumbnails(keys)):
            for row in rows:
                row.save(force_insert=True)
    except IntegrityError:
        _refuse_existing(keys)
        raise
    return [Stored(row, image.warnings) for row, image in zip(rows, parsed, strict=True)]


def images_delete(*, keys: Sequence[ImageKey]) -> list[dict[str, Any]]:
    """Deletes images with their annotations and files, all in one transaction. Returns the rows deleted."""
    deleted: list[dict[str, Any]] = []
    with transaction.atomic():
        for chunk in chunker(keys, _KEYS_PER_DELETION):
            doomed = list(Image.objects.for_keys(chunk).select_for_update().only("device", "datetime"))
            deleted += queries.image_rows(doomed)
            remove_on_commit(key for image in doomed for key in image.file_keys)
            Image.objects.filter(pk__in=[image.pk for image in doomed]).delete()
    return deleted


def scale_set(*, device: str, pixels_per_mm: float | None) -> None:
    """Stores how many pixels a millimetre on the card has, or removes it (None).

    Args:
        device: whose images; "" for those of all devices without a scale of their own.

    Raises:
        InvalidInput: it is not above 0, or over `MAX_PIXELS_PER_MM`.
    """
    if pixels_per_mm is None:
        ImageScale.objects.filter(device=device).delete()
    elif 0 < pixels_per_mm <= MAX_PIXELS_PER_MM:
        ImageScale.objects.update_or_create(device=device, defaults={"pixels_per_mm": pixels_per_mm})
    else:
        raise InvalidInput(f"a scale takes a number of pixels per mm, above 0 and up to {MAX_PIXELS_PER_MM:.0f}")


def _keys(uploads: Sequence[Upload]) -> list[ImageKey]:
    if not uploads:
        raise InvalidInput("no file came: send a multipart body with one part per image, named as its file")
    return upload_keys([upload.name for upload in uploads])


def _refuse_existing(keys: Sequence[ImageKey]) -> None:
    there = queries.existing(sorted(keys))
    if items := [
        {"index": index, "detail": f"{layout.image_name(*key)} is already there", "md5": there[key]}
        for index, key in enumerate(keys)
        if key in there
    ]:
        raise Conflict("; ".join(str(item["detail"]) for item in items), items=items)


def _parsed(index: int, upload: Upload) -> ParsedImage:
    with blaming(index, upload.name):
        return parse_image(upload.name, upload.data, md5=upload.md5)


def _row(image: ParsedImage, user: User) -> Image:
    record = image.to_record()
    return Image(**{**record, "datetime": image.datetime.replace(tzinfo=UTC)}, api_user=user.username)


def _files(images: Sequence[ParsedImage]) -> dict[str, bytes]:
    return {
        layout.image_key(image.device, image.datetime, what): data
        for image in images
        for what, data in image.files.items()
    }


def _thumbnails(keys: Sequence[ImageKey]) -> list[str]:
    return [layout.image_key(*key, what) for key in keys for what in ("thumbnail", "thumbnail-mini")]
