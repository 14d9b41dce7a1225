"""What folders and buckets have in common: keys, checks of names, which files of a bundle to transfer."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..configuration import BaseAPIConf
from ..core.bundles import WHATS, BundleUpload, bundle_uploads, is_bundle_file, is_in, needs_upload, parse_bundle_name
from ..core.info import field, image_key
from ..core.layout import IMAGE_WHATS, bundle_folder, bundle_key, check_what, image_keys, tuboid_keys
from ..core.layout import image_key as key_of_image
from ..core.tuboids import check_tuboid_id
from ..core.wire import plain_info
from ..types import InfoType

Files = list[dict[str, Any]]


@dataclass(frozen=True)
class StoredFile:
    """A file that is there: `mtime` in unix seconds; `etag` is what a bucket has for an md5."""

    key: str
    size: int
    mtime: float
    etag: str = ""


class BaseStorage(ABC):
    """Files of images, tuboids and ML bundles.

    Images and tuboids are given as rows (dictionaries), or as objects with those attributes.

    Args:
        api_conf: where the files are: see the subclasses.
        args, kwargs: passed over; older tools have more of them.
    """

    def __init__(self, api_conf: BaseAPIConf, *args: Any, **kwargs: Any) -> None:
        self._api_conf = api_conf

    def delete_image_files(self, image: Any) -> None:
        """Deletes an image and its thumbnails; files that are not there are passed over.

        Args:
            image: with `device` and `datetime`.

        Raises:
            InvalidInput: it does not name an image.
            Unavailable: the storage is away.
        """
        self.remove(image_keys(*image_key(_fields(image, "device", "datetime"))))

    def delete_tiled_tuboid_files(self, tuboid: Any) -> None:
        """Deletes the three files of a tiled tuboid; those that are not there are passed over.

        Args:
            tuboid: with `tuboid_id`.

        Raises:
            InvalidInput: it does not name a tuboid.
            Unavailable: the storage is away.
        """
        self.remove(tuboid_keys(field(_fields(tuboid, "tuboid_id"), "tuboid_id", check_tuboid_id)))

    def get_url_for_image(self, image: Any, what: str = "metadata") -> str:
        """Where an image can be read, by its name only: it is not looked for.

        Args:
            image: with `device` and `datetime`.
            what: `metadata`, `image`, `thumbnail` (fits in 512x384 pixels) or `thumbnail-mini` (128x96).

        Returns:
            `''` for metadata; else the path of the file in a folder, or a link to it in a bucket, good for a plain GET
            for a day. Before any `?` its last part is the file's name.

        Raises:
            InvalidInput: it does not name an image, or `what` is none of these.
        """
        key, canonical = image_key(_fields(image, "device", "datetime")), check_what(what, IMAGE_WHATS)
        return "" if canonical == "metadata" else self.url(key_of_image(*key, canonical))

    def get_ml_bundle_file_list(self, bundle_name: str, what: str = "all") -> Files:
        """The files of an ML bundle.

        Args:
            bundle_name: 1 to 100 letters, digits and `. _ + -`.
            what: `all`, `data` (folders `data` and `config`) or `model` (`output` and `config`).

        Returns:
            `{key, url, md5, mtime}` per file, by key: `key` is its path within the bundle, `url` as in
            `get_url_for_image`, `md5` that of S3's multipart form if it is over 8 MiB, `mtime` in unix seconds.

        Raises:
            InvalidInput: a name or `what` is wrong.
            Unavailable: the storage is away.
        """
        start, canonical = len(bundle_folder(parse_bundle_name(bundle_name))) + 1, check_what(what, WHATS)
        return [
            {"key": file.key[start:], "url": self.url(file.key), "md5": self.md5(file), "mtime": file.mtime}
            for file in self._of_bundle(bundle_name, canonical)
        ]

    def get_ml_bundle_upload_links(self, bundle_name: str, info: InfoType) -> Files:
        """Which files of an ML bundle to upload, and where to.

        Args:
            bundle_name: as in `get_ml_bundle_file_list`.
            info: per file `key`, `md5` and `mtime` (unix seconds).

        Returns:
            Those elements whose file is absent, or has another md5 and is older; each with `url`: the path in a folder
            to copy it to, or for a bucket `{'url': ..., 'fields': {...}}` to POST it with, within a day.

        Raises:
            InvalidInput: a name, a key or an md5 is wrong; `items` say which.
            Unavailable: the storage is away.
        """
        name, asked = {"bundle_name": parse_bundle_name(bundle_name)}, plain_info(info)
        elements = asked if isinstance(asked, list) else [asked]
        return self.upload_links([{**each, **name} if isinstance(each, dict) else each for each in elements])

    def upload_links(self, info: InfoType) -> Files:
        """The same of files of any bundles, each element with its `bundle_name`."""
        uploads = bundle_uploads(info)
        there = self._offered(uploads)
        return [
            {**element, "url": self.upload_url(key, offered.md5)}
            for element, offered in zip(info, uploads, strict=True)
            if self._is_needed(offered, there.get(key := bundle_key(offered.bundle_name, offered.key)))
        ]

    def _offered(self, uploads: Sequence[BundleUpload]) -> dict[str, StoredFile]:
        """Those of the offered files that are there, by key."""
        names = {offered.bundle_name for offered in uploads}
        return {file.key: file for name in names for file in self._of_bundle(name, "all")}

    def _of_bundle(self, bundle_name: str, what: str) -> Iterator[StoredFile]:
        folder = bundle_folder(bundle_name)
        for file in self.list_files(folder):
            key = file.key[len(folder) + 1 :]
            if is_in(key, what) and is_bundle_file(key):
                yield file

    def _is_needed(self, offered: BundleUpload, stored: StoredFile | None) -> bool:
        # The md5 last: it may take to read the file.
        return stored is None or (
            needs_upload(offered, same=False, mtime=stored.mtime) and not self.has_md5(stored, offered.md5)
        )

    @abstractmethod
    def url(self, key: str) -> str:
        """Where the file of a storage key can be read."""

    @abstractmethod
    def upload_url(self, key: str, md5: str) -> Any:
        """Where a file with this md5 can be put."""

    @abstractmethod
    def remove(self, keys: Iterable[str]) -> None:
        """Removes files; those that are not there are passed over."""

    @abstractmethod
    def list_files(self, folder: str) -> Iterable[StoredFile]:
        """The files below a folder, by key."""

    @abstractmethod
    def md5(self, file: StoredFile) -> str:
        """The md5 of a file, in the form that its size asks for."""

    @abstractmethod
    def has_md5(self, file: StoredFile, md5: str) -> bool:
        """Whether a file has this md5, in any of the forms in use."""


def _fields(thing: Any, *names: str) -> dict[str, Any]:
    """Fields of a row, or of an object with those attributes."""
    if isinstance(thing, Mapping):
        return {name: thing.get(name) for name in names}
    return {name: getattr(thing, name, None) for name in names}
