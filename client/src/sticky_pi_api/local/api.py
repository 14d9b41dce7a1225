"""The operations on a folder, a line each."""

from collections.abc import Sequence
from typing import Any, Self

from ..configuration import LocalAPIConf
from ..core.layout import check_what
from ..core.operations import OPERATIONS
from ..core.wire import plain_info
from ..spec import BaseAPI
from ..storage import DiskStorage
from ..types import AnnotType, InfoType, MetadataType, PathType, Token, TuboidFiles
from . import annotations, bundles, images, tuboids, users
from .store import Store


class LocalAPI(BaseAPI):
    """A folder's operations.

    Args:
        configuration: which folder; made if absent.
        n_threads: how many files are worked on at once.
    """

    def __init__(self, configuration: LocalAPIConf, n_threads: int = 8) -> None:
        super().__init__(configuration)
        self._n_threads = n_threads
        self._storage = DiskStorage(configuration.LOCAL_DIR)
        self._store = Store(self._storage.path("database.db"))

    def close(self) -> None:
        """Nothing to close: as RemoteAPIConnector has it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def get_token(self) -> Token:
        """See BaseAPISpec; a folder asks for none."""
        return users.get_token()

    def get_users(self, info: InfoType | None = None) -> MetadataType:
        """See BaseAPISpec."""
        return users.get_users(self._store, plain_info(info))

    def put_users(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec; passwords are not kept."""
        return users.put_users(self._store, plain_info(info))

    def _put_new_images(self, files: Sequence[PathType]) -> MetadataType:
        return images.put_new_images(self._store, self._storage, files, n_threads=self._n_threads)

    def get_images(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return images.get_images(self._store, self._storage, plain_info(info), _what("get_images", what))

    def get_image_series(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return images.get_image_series(self._store, self._storage, plain_info(info), _what("get_image_series", what))

    def delete_images(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return images.delete_images(self._store, self._storage, plain_info(info))

    def put_uid_annotations(self, info: AnnotType) -> MetadataType:
        """See BaseAPISpec."""
        return annotations.put_uid_annotations(self._store, plain_info(info))

    def get_uid_annotations(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        return annotations.get_uid_annotations(self._store, plain_info(info), _what("get_uid_annotations", what))

    def get_uid_annotations_series(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        canonical = _what("get_uid_annotations_series", what)
        return annotations.get_uid_annotations_series(self._store, plain_info(info), canonical)

    def _put_tiled_tuboids(self, files: Sequence[TuboidFiles]) -> MetadataType:
        return [row for tuboid in files for row in tuboids.put_tiled_tuboid(self._store, self._storage, tuboid)]

    def get_tiled_tuboid_series(self, info: InfoType, what: str = "metadata") -> MetadataType:
        """See BaseAPISpec."""
        canonical = _what("get_tiled_tuboid_series", what)
        return tuboids.get_tiled_tuboid_series(self._store, self._storage, plain_info(info), canonical)

    def delete_tiled_tuboids(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return tuboids.delete_tiled_tuboids(self._store, self._storage, plain_info(info))

    def put_itc_labels(self, info: InfoType) -> MetadataType:
        """See BaseAPISpec."""
        return tuboids.put_itc_labels(self._store, plain_info(info))

    def _get_itc_labels(self, info: InfoType) -> MetadataType:
        return tuboids.get_itc_labels(self._store, plain_info(info))

    def _get_ml_bundle_file_list(self, info: str, what: str = "all") -> list[dict[str, Any]]:
        return bundles.get_ml_bundle_file_list(self._storage, info, _what("_get_ml_bundle_file_list", what))

    def _get_ml_bundle_upload_links(self, info: InfoType) -> list[dict[str, Any]]:
        return bundles.get_ml_bundle_upload_links(self._storage, plain_info(info))


def _what(operation: str, what: str) -> str:
    return check_what(what, OPERATIONS[operation].whats)
