"""Writes of images: ingest and deletion; and of their scales.

`stickypi.storage.pending_files` keeps rows and files together: the keys are recorded as pending, the files are stored
where there are none, then all rows are inserted and the pending records deleted in one short transaction. A failure at
any step leaves no row, and removes the files of this call: at once or, after a kill, when orphan files are removed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from django.db import IntegrityError, transaction

from accounts.device_keys import check_devices
from accounts.models import Uploader, User
from changes.services import Row, changes_note
from images import queries
from images.models import Image, ImageScale
from images.signals import images_deleted, images_stored
from images.table_file import ImageRecord
from sticky_pi_api.core import layout
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.errors import Conflict, InvalidInput, NotFound, TooLarge, Unavailable
from sticky_pi_api.core.formats import image_name
from sticky_pi_api.core.image import ParsedImage, parse_image
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.limits import WORK
from sticky_pi_api.core.records import ImageRow
from sticky_pi_api.core.uploads import naming_file, upload_keys
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.db.errors import CHANGED_MEANWHILE
from stickypi.storage import files
from stickypi.storage.pending_files import remove_on_commit, store_files

MAX_PIXELS_PER_MM = 1000.0
_KEYS_PER_DELETION = 500
_ROWS_PER_IMPORT = 1000


@dataclass(frozen=True)
class Upload:
    """A file as it was sent, with the md5 that the sender states."""

    name: str
    data: bytes
    md5: str | None = None


@dataclass(frozen=True)
class StoredImage:
    """An image that has been stored, with warnings about readings that could not be parsed."""

    image: Image
    warnings: list[str]


def images_put(*, uploads: Sequence[Upload], user: Uploader) -> list[StoredImage]:
    """Stores images with their thumbnails, all or none.

    Raises:
        InvalidInput, TooLarge: a file is not a valid image; `items` says which.
        Conflict: an image is already stored; it is left as it is.
        PermissionDenied: a device's key is not for one of them.
        Unavailable: the storage or the database cannot be reached; nothing is stored.
    """
    if not uploads:
        raise InvalidInput("no file came: send a multipart body with one part per image, named as its file")
    keys = upload_keys([upload.name for upload in uploads])
    check_devices(uploader=user, devices=[key.device for key in keys])
    _refuse_stored(keys)
    parsed = _parse(uploads)
    try:
        rows = store_files(_contents(parsed), lambda: _insert(parsed, user), derived=_thumbnail_keys(keys))
    except IntegrityError as error:
        _refuse_stored(keys)  # names the images that were stored in the meantime
        raise Unavailable(CHANGED_MEANWHILE) from error
    return [StoredImage(row, image.warnings) for row, image in zip(rows, parsed, strict=True)]


def image_put_once(*, upload: Upload, user: Uploader) -> tuple[StoredImage, bool]:
    """Stores an image unless it is stored already. Returns it, and whether it is new.

    Raises:
        As `images_put`; Conflict only where another file of that name is stored.
    """
    try:
        [stored] = images_put(uploads=[upload], user=user)
    except Conflict:
        with naming_file(0, upload.name):  # what came damaged is no other file
            parsed = parse_image(upload.name, upload.data, md5=upload.md5)
        same = Image.objects.filter(device=parsed.device, datetime=parsed.datetime.replace(tzinfo=UTC), md5=parsed.md5)
        if (image := same.first()) is None:
            raise
        return StoredImage(image, parsed.warnings), False
    return stored, True


def images_import(*, records: Iterable[ImageRecord], user: User) -> int:
    """Stores rows of images whose files are not kept, all or none. Returns how many were not there yet."""
    n_stored = 0
    with transaction.atomic():
        for chunk in chunker(records, _ROWS_PER_IMPORT):
            of_key = {ImageKey(record.device, record.datetime): record for record in chunk}
            stored = queries.stored_md5s(sorted(of_key))
            rows = [_imported(record, user) for key, record in of_key.items() if key not in stored]
            Image.objects.bulk_create(rows, batch_size=_ROWS_PER_IMPORT)
            _note("came", rows)
            images_stored.send(Image, images=rows)
            n_stored += len(rows)
    return n_stored


def _imported(record: ImageRecord, user: User) -> Image:
    return Image(**{**record.model_dump(), "datetime": record.datetime.replace(tzinfo=UTC)}, **user.signature)


@retry_on_deadlock
def images_delete(*, keys: Sequence[ImageKey]) -> list[ImageRow[str]]:
    """Deletes images with their annotations and files, all in one transaction. Returns the deleted rows."""
    deleted: list[ImageRow[str]] = []
    with transaction.atomic():
        for chunk in chunker(keys, _KEYS_PER_DELETION):
            images = list(Image.objects.for_keys(chunk).select_for_update().only("device", "datetime"))
            deleted += queries.image_rows(images)
            remove_on_commit(key for image in images for key in image.file_keys)
            images_deleted.send(Image, images=images)
            _note("went", images)
            Image.objects.filter(pk__in=[image.pk for image in images]).delete()
    return deleted


def thumbnails_remake(*, image: ImageKey) -> None:
    """Makes the thumbnails of an image that are not there, from its file.

    Raises:
        NotFound: the image, or its file, is not there.
        InvalidInput, TooLarge: the file is damaged, or not of a kind that thumbnails are made of.
        Unavailable: storage or database away.
    """
    name = image_name(*image)
    data = files().read(layout.image_key(*image))
    if data is None:
        raise NotFound(f"the file {name} is not there, so its thumbnails cannot be made")
    parsed = parse_image(name, data)
    thumbnails = {layout.image_key(*image, what): parsed.files[what] for what in ("thumbnail", "thumbnail-mini")}
    store_files(thumbnails, lambda: _check_stored(image), derived=thumbnails)


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


def _check_stored(image: ImageKey) -> None:
    """Raises NotFound if the image is not there any more, else keeps it until the transaction ends."""
    if not Image.objects.for_keys([image]).select_for_update().exists():
        raise NotFound(f"{image_name(*image)} has been deleted")


def _refuse_stored(keys: Sequence[ImageKey]) -> None:
    stored = queries.stored_md5s(sorted(keys))
    if items := [
        {"index": index, "detail": f"{image_name(*key)} is already there", "md5": stored[key]}
        for index, key in enumerate(keys)
        if key in stored
    ]:
        raise Conflict("; ".join(str(item["detail"]) for item in items), items=items)


def _parse(uploads: Sequence[Upload]) -> list[ParsedImage]:
    """The files, checked; as many as one call may have decoded."""
    parsed, left = [], WORK
    for index, upload in enumerate(uploads):
        with naming_file(index, upload.name):
            parsed.append(image := parse_image(upload.name, upload.data, md5=upload.md5))
            left -= image.work
            if left < 0:
                raise TooLarge(f"these images have more than {WORK / 1e6:.0f} megapixels: send them in several calls")
    return parsed


def _insert(images: Sequence[ParsedImage], user: Uploader) -> list[Image]:
    rows = [_new_row(image, user) for image in images]
    for row in rows:
        row.save(force_insert=True)
    _note("came", rows)
    images_stored.send(Image, images=rows)
    return rows


def _note(action: Literal["came", "went"], images: Iterable[Image]) -> None:
    changes_note(kind="image", action=action, rows=[Row(image.pk, image.device, str(image)) for image in images])


def _new_row(image: ParsedImage, user: Uploader) -> Image:
    record = image.to_record()
    return Image(**{**record, "datetime": image.datetime.replace(tzinfo=UTC)}, **user.signature)


def _contents(images: Sequence[ParsedImage]) -> dict[str, bytes]:
    return {
        layout.image_key(image.device, image.datetime, what): data
        for image in images
        for what, data in image.files.items()
    }


def _thumbnail_keys(keys: Sequence[ImageKey]) -> list[str]:
    return [layout.image_key(*key, what) for key in keys for what in ("thumbnail", "thumbnail-mini")]
