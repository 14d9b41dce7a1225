"""The operations of a server, a line each; subclasses say how a call reaches it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.layout import check_what
from ..core.operations import OPERATIONS
from ..core.uploads import upload_keys
from ..reading import stored_name
from ..spec import BaseAPISpec
from ..types import AnnotType, ClientInfo, InfoType, MetadataType, PathType, TuboidFiles
from .answers import read_rows


class RemoteOperations(BaseAPISpec, ABC):
    """Arguments in, rows of the wire back, their datetimes turned into naive UTC."""

    def get_users(self, info: InfoType | None = None, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("get_users", info, client_info)

    def put_users(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_users", info, client_info)

    def delete_users(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("delete_users", info, client_info)

    def _put_new_images(self, files: Sequence[PathType], client_info: ClientInfo | None = None) -> MetadataType:
        paths = [Path(file) for file in files]
        upload_keys([stored_name(path) for path in paths])  # a body has no order among parts of the same name
        return read_rows("_put_new_images", self._send_images(paths, client_info)) if paths else []

    def get_images(self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("get_images", info, client_info, what)

    def get_image_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        return self._ask("get_image_series", info, client_info, what)

    def get_images_to_annotate(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        return self._ask("get_images_to_annotate", info, client_info, what)

    def delete_images(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("delete_images", info, client_info)

    def put_uid_annotations(self, info: AnnotType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_uid_annotations", info, client_info)

    def get_uid_annotations(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        return self._ask("get_uid_annotations", info, client_info, what)

    def get_uid_annotations_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        return self._ask("get_uid_annotations_series", info, client_info, what)

    def _put_tiled_tuboids(self, files: Sequence[TuboidFiles], client_info: ClientInfo | None = None) -> MetadataType:
        answers = (self._send_tuboid(tuboid, client_info) for tuboid in files)
        return [row for answer in answers for row in read_rows("_put_tiled_tuboids", answer)]

    def get_tiled_tuboid_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        return self._ask("get_tiled_tuboid_series", info, client_info, what)

    def delete_tiled_tuboids(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("delete_tiled_tuboids", info, client_info)

    def put_itc_labels(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_itc_labels", info, client_info)

    def _get_itc_labels(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("_get_itc_labels", info, client_info)

    def _get_ml_bundle_file_list(
        self, info: str, what: str = "all", client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        return self._ask("_get_ml_bundle_file_list", info, client_info, what)

    def _get_ml_bundle_upload_links(
        self, info: InfoType, client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        return self._ask("_get_ml_bundle_upload_links", info, client_info)

    def get_projects(self, info: InfoType | None = None, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("get_projects", info, client_info)

    def put_projects(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_projects", info, client_info)

    def delete_projects(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("delete_projects", info, client_info)

    def get_project_permissions(
        self, info: InfoType | None = None, client_info: ClientInfo | None = None
    ) -> MetadataType:
        return self._ask("get_project_permissions", info, client_info)

    def put_project_permissions(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_project_permissions", info, client_info)

    def get_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("get_project_series", info, client_info)

    def put_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_project_series", info, client_info)

    def delete_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("delete_project_series", info, client_info)

    def put_project_columns(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("put_project_columns", info, client_info)

    def delete_project_columns(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        return self._ask("delete_project_columns", info, client_info)

    def _ask(self, operation: str, info: Any, client_info: ClientInfo | None, what: str | None = None) -> MetadataType:
        canonical = check_what(what, OPERATIONS[operation].whats) if what is not None else None
        return read_rows(operation, self._call(operation, info, canonical, client_info))

    @abstractmethod
    def _call(self, operation: str, info: Any, what: str | None, client_info: ClientInfo | None) -> Any:
        """What the server answers, not yet checked; datetimes as the wire has them."""

    @abstractmethod
    def _send_images(self, paths: Sequence[Path], client_info: ClientInfo | None) -> Any:
        """The same of `_put_new_images`."""

    @abstractmethod
    def _send_tuboid(self, tuboid: TuboidFiles, client_info: ClientInfo | None) -> Any:
        """The same of `_put_tiled_tuboids`, of one."""
