"""The operations on a folder, a line each."""

from collections.abc import Sequence
from typing import Any

from ..configuration import LocalAPIConf
from ..core.layout import check_what
from ..core.operations import OPERATIONS
from ..core.wire import plain_info
from ..spec import BaseAPI
from ..types import AnnotType, ClientInfo, InfoType, MetadataType, PathType, Token, TuboidFiles
from . import annotations, images, projects, tuboids, users, work
from .files import LocalFiles
from .store import Store


class LocalAPI(BaseAPI):
    """The operations on a folder: `database.db`, and the files beside it.

    Without `client_info` all is allowed. With it, the user of that name in the folder may do what their flags say; if
    there is none, the flags of `client_info` count (by default those of `put_users`).

    Args:
        api_conf: its `LOCAL_DIR` is the folder; made if absent.
        n_threads: how many files are worked on at once.
        args, kwargs: see BaseAPI.
    """

    def __init__(self, api_conf: LocalAPIConf, *args: Any, n_threads: int = 8, **kwargs: Any) -> None:
        super().__init__(api_conf, *args, **kwargs)
        self._n_threads = n_threads
        self._files = LocalFiles(api_conf)
        self._store = Store(self._files.path("database.db"))

    def get_token(self, client_info: ClientInfo | None = None, info: object = None) -> Token:
        return users.get_token()

    def get_users(self, info: InfoType | None = None, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(users.get_users(self._open("get_users", client_info), plain_info(info)))

    def put_users(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(users.put_users(self._open("put_users", client_info), plain_info(info)))

    def delete_users(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(users.delete_users(self._open("delete_users", client_info), plain_info(info)))

    def _put_new_images(self, files: Sequence[PathType], client_info: ClientInfo | None = None) -> MetadataType:
        store = self._open("_put_new_images", client_info)
        return _dictionaries(images.put_new_images(store, self._files, files, n_threads=self._n_threads))

    def get_images(self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None) -> MetadataType:
        store = self._open("get_images", client_info)
        return _dictionaries(images.get_images(store, self._files, plain_info(info), _what("get_images", what)))

    def get_image_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        store = self._open("get_image_series", client_info)
        return _dictionaries(
            images.get_image_series(store, self._files, plain_info(info), _what("get_image_series", what))
        )

    def get_images_to_annotate(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        store, canonical = self._open("get_images_to_annotate", client_info), _what("get_images_to_annotate", what)
        return _dictionaries(work.get_images_to_annotate(store, self._files, plain_info(info), canonical))

    def delete_images(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(
            images.delete_images(self._open("delete_images", client_info), self._files, plain_info(info))
        )

    def put_uid_annotations(self, info: AnnotType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(
            annotations.put_uid_annotations(self._open("put_uid_annotations", client_info), plain_info(info))
        )

    def get_uid_annotations(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        store = self._open("get_uid_annotations", client_info)
        return _dictionaries(
            annotations.get_uid_annotations(store, plain_info(info), _what("get_uid_annotations", what))
        )

    def get_uid_annotations_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        store, canonical = (
            self._open("get_uid_annotations_series", client_info),
            _what("get_uid_annotations_series", what),
        )
        return _dictionaries(annotations.get_uid_annotations_series(store, plain_info(info), canonical))

    def _put_tiled_tuboids(self, files: Sequence[TuboidFiles], client_info: ClientInfo | None = None) -> MetadataType:
        store = self._open("_put_tiled_tuboids", client_info)
        stored = (tuboids.put_tiled_tuboid(store, self._files, tuboid) for tuboid in files)
        return [row for found in stored for row in _dictionaries(found)]

    def get_tiled_tuboid_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        store, canonical = self._open("get_tiled_tuboid_series", client_info), _what("get_tiled_tuboid_series", what)
        return _dictionaries(tuboids.get_tiled_tuboid_series(store, self._files, plain_info(info), canonical))

    def delete_tiled_tuboids(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        store = self._open("delete_tiled_tuboids", client_info)
        return _dictionaries(tuboids.delete_tiled_tuboids(store, self._files, plain_info(info)))

    def put_itc_labels(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(tuboids.put_itc_labels(self._open("put_itc_labels", client_info), plain_info(info)))

    def _get_itc_labels(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(tuboids.get_itc_labels(self._open("_get_itc_labels", client_info), plain_info(info)))

    def _get_ml_bundle_file_list(
        self, info: str, what: str = "all", client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        self._open("_get_ml_bundle_file_list", client_info)
        return self._files.get_ml_bundle_file_list(info, what)

    def _get_ml_bundle_upload_links(
        self, info: InfoType, client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        self._open("_get_ml_bundle_upload_links", client_info)
        return self._files.upload_links(plain_info(info))

    def get_projects(self, info: InfoType | None = None, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(projects.get_projects(self._open("get_projects", client_info), plain_info(info)))

    def put_projects(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(projects.put_projects(self._open("put_projects", client_info), plain_info(info)))

    def delete_projects(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(projects.delete_projects(self._open("delete_projects", client_info), plain_info(info)))

    def get_project_permissions(
        self, info: InfoType | None = None, client_info: ClientInfo | None = None
    ) -> MetadataType:
        return _dictionaries(
            projects.get_project_permissions(self._open("get_project_permissions", client_info), plain_info(info))
        )

    def put_project_permissions(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return _dictionaries(
            projects.put_project_permissions(self._open("put_project_permissions", client_info), plain_info(info))
        )

    def get_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return projects.get_project_series(self._open("get_project_series", client_info), plain_info(info))

    def put_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return projects.put_project_series(self._open("put_project_series", client_info), plain_info(info))

    def delete_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return projects.delete_project_series(self._open("delete_project_series", client_info), plain_info(info))

    def put_project_columns(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return projects.put_project_columns(self._open("put_project_columns", client_info), plain_info(info))

    def delete_project_columns(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return projects.delete_project_columns(self._open("delete_project_columns", client_info), plain_info(info))

    def _open(self, operation: str, client_info: ClientInfo | None) -> Store:
        """The rows, as this user may use them. Raises PermissionDenied."""
        actor = users.actor(self._store, client_info)
        if actor is None:
            return self._store
        OPERATIONS[operation].check_role(is_admin=actor.is_admin, can_write=actor.can_write)
        return self._store.used_by(actor)


def _what(operation: str, what: str) -> str:
    return check_what(what, OPERATIONS[operation].whats)


def _dictionaries(rows: list[Any]) -> MetadataType:
    # What TypedDicts are; to the checker they are not, for keys may be added.
    return rows
