"""What every way to a Sticky Pi service offers: the operations, with what they take and return.

Rows are dictionaries whose keys are the columns of `sticky_pi_api.core.records`, their datetimes naive UTC.
Where an operation takes datetimes it takes `datetime` objects (also pandas timestamps) and strings, as
`YYYY-MM-DD_HH-MM-SS` or ISO 8601. Extra keys of `info` are ignored, so the rows of one call may be the `info` of
another. A call that fails stores nothing.

Errors are those of `sticky_pi_api.core.errors`, the same for all: `InvalidInput` for arguments that are wrong (its
`items` say which elements of `info`, and why), `Conflict` for what is already there, `NotAuthenticated` and
`PermissionDenied`, `Unavailable` when database, storage or server are away.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

from .configuration import BaseAPIConf
from .types import AnnotType, ClientInfo, InfoType, MetadataType, PathType, Token, TuboidFiles


class BaseAPISpec(ABC):
    """The operations.

    All take `client_info`: the row of a user (its `username`, at least), or None. In a folder (LocalAPI) and in the
    process of a server (RemoteAPI) it says who acts: what they may not do, by the roles of
    `sticky_pi_api.core.operations`, raises PermissionDenied, and new rows are in their name (`api_user`,
    `api_user_id`); None may do all. Towards a server over HTTP it is ignored: the user name and the token say who acts.
    """

    def close(self) -> None:  # noqa: B027  most hold nothing open
        """Closes connections, if it has any; so does the end of a `with` block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @abstractmethod
    def get_token(self, client_info: ClientInfo | None = None, info: object = None) -> Token:
        """A token that stands for user name and password for 24 h.

        Args:
            client_info: whose token, where the operation is called in the server's process.
            info: ignored; older clients pass it.

        Returns:
            `{'token': str, 'expiration': unix seconds}`.

        Raises:
            NotAuthenticated: wrong user name or password.
        """

    @abstractmethod
    def get_users(self, info: InfoType | None = None, client_info: ClientInfo | None = None) -> MetadataType:
        """Users. Administrators see all, others themselves.

        Args:
            info: dictionaries of field -> LIKE pattern, e.g. `[{'username': 'a%'}]`; a user is returned whom any field
                of any of them matches. None for all users.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of users by id, without password material.
        """

    @abstractmethod
    def put_users(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Makes users. For administrators.

        Args:
            info: per user `username` (1-32 characters, kept in lower case), `password`, optional `email`, `is_admin`
                (default False), `can_write` (default True).
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of the users made.

        Raises:
            Conflict: a name is taken.
        """

    @abstractmethod
    def delete_users(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Keeps users from signing in again; what they wrote stays in their name. For administrators.

        Args:
            info: as in `get_users`, but a user has to match all fields of an element: a row of `get_users` is that user
                alone. An element that names no field is refused.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of the users that could sign in and no longer can.

        Raises:
            InvalidInput: the caller would be among them; nobody is deleted.
        """

    @abstractmethod
    def _put_new_images(self, files: Sequence[PathType], client_info: ClientInfo | None = None) -> MetadataType:
        """Stores images that are not there yet, all of them or none; `put_images` is for everyday use.

        Args:
            files: paths of JPEG files named `<device>.<YYYY-MM-DD_HH-MM-SS>.jpg`, at most 20 MB and 50 megapixels each.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of images.

        Raises:
            InvalidInput: a name does not parse, or a file is not a sound JPEG.
            TooLarge: over the limits.
            Conflict: an image of that device and datetime is already there.
        """

    @abstractmethod
    def get_images(self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None) -> MetadataType:
        """Images by device and datetime; those that are not there are left out.

        Args:
            info: per image `device` and `datetime`.
            what: `metadata`, `image`, `thumbnail` (fits in 512x384 pixels) or `thumbnail-mini` (128x96).
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of images with `url` of what is asked for (`''` for metadata), by (device, datetime), each once.
        """

    @abstractmethod
    def get_image_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        """Images of devices in a range of datetimes.

        Args:
            info: per series `device` (a LIKE pattern: `%` any run, `_` one character, any case) and
                start_datetime <= datetime < end_datetime.
            what: as in `get_images`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            As `get_images`.
        """

    @abstractmethod
    def get_images_to_annotate(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        """The next images that an algorithm is to annotate, at most 8; of workers that ask at once, each gets others.

        They are held for the caller for 6 hours, or until the annotation comes: meanwhile, nobody who asks for the same
        `algo_name` gets them.

        Args:
            info: as in `get_image_series`, with `algo_name` and `algo_version`, the same in all elements: images are
                found that have no annotation by that algorithm in this version or a later one.
            what: as in `get_images`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            As `get_images`; nothing if there is nothing to do.
        """

    @abstractmethod
    def delete_images(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Deletes images with their annotations and files. For administrators.

        Args:
            info: per image `device` and `datetime`; those that are not there are passed over.
            client_info: who acts; see BaseAPISpec.

        Returns:
            The rows deleted.
        """

    @abstractmethod
    def put_uid_annotations(self, info: AnnotType, client_info: ClientInfo | None = None) -> MetadataType:
        """Stores what a detector found on images, all or none.

        Args:
            info: per image a dictionary with
                `metadata`: `algo_name` (1-64 characters), `algo_version` (1-46 printable ASCII characters without
                    blanks and `/`, by custom `<unix timestamp>-<md5>`), `device`,
                `datetime`, and `md5` of the image that was analysed;
                `annotations`: per object a `contour` (n x 1 x 2 integers, pixels, as OpenCV has them; lists or arrays)
                and optionally `name`, `fill_colour`, `stroke_colour`, `value`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of annotations with `json: ''`, by (device, datetime).

        Raises:
            InvalidInput: an image is not there, or has another md5.
            Conflict: an image already has an annotation of that algorithm and version.
        """

    @abstractmethod
    def get_uid_annotations(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        """Annotations of images.

        Args:
            info: per image `device` and `datetime`.
            what: `metadata`, or `data` (also `json`).
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of annotations by (device, datetime) of the image, then id. `json` is `''` for metadata, else the
            submitted object as a string.
        """

    @abstractmethod
    def get_uid_annotations_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        """Annotations of the images of a series.

        Args:
            info: as in `get_image_series`.
            what: as in `get_uid_annotations`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            As `get_uid_annotations`.
        """

    @abstractmethod
    def _put_tiled_tuboids(self, files: Sequence[TuboidFiles], client_info: ClientInfo | None = None) -> MetadataType:
        """Stores tiled tuboids one after the other, each whole or not at all; `put_tiled_tuboids` is for everyday use.

        Args:
            files: per tuboid `tuboid_id`, `series_info` (see `put_tiled_tuboids`), and paths: `metadata`, `tuboid`,
                `context`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of tuboids.

        Raises:
            InvalidInput: the id or a file does not parse, or the tuboid is not within its series.
            Conflict: the tuboid is already there, or its series has its `n_tuboids`.
        """

    @abstractmethod
    def get_tiled_tuboid_series(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        """Tuboids of the tuboid series that lie within a range of datetimes, both ends included.

        Args:
            info: `device` (a LIKE pattern), `start_datetime`, `end_datetime`.
            what: `metadata`, or `data` for the files.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of tuboids by tuboid_id, each once, with `algo_name_series`, `algo_version_series`, `n_tuboids_series`,
            `device_series`, `start_datetime_series`, `end_datetime_series`, `n_images_series`; for data also URLs:
            `tuboid`, `context`, `metadata`.
        """

    @abstractmethod
    def delete_tiled_tuboids(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Deletes tuboid series with their tuboids, labels and files. For administrators.

        Args:
            info: as in `get_tiled_tuboid_series`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            The rows of the series deleted.
        """

    @abstractmethod
    def put_itc_labels(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Stores what an insect tuboid classifier, or a person, says tuboids are; all or none.

        Args:
            info: per label `tuboid_id`, `label` (an integer), `pattern` (1-128 characters), `type` (1-32), `algo_name`,
                `algo_version`, and optionally `order`, `family`, `genus`, `species` (at most 64).
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of labels by (tuboid_id, id).

        Raises:
            InvalidInput: a tuboid is not there.
            Conflict: a tuboid already has a label of that algorithm and version.
        """

    @abstractmethod
    def _get_itc_labels(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Labels of tuboids.

        Args:
            info: per tuboid `tuboid_id`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of labels by (tuboid_id, id).
        """

    @abstractmethod
    def _get_ml_bundle_file_list(
        self, info: str, what: str = "all", client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        """The files of an ML bundle.

        Args:
            info: the name of the bundle.
            what: `all`, `data` (folders `data` and `config`) or `model` (`output` and `config`).
            client_info: who acts; see BaseAPISpec.

        Returns:
            `{key, url, md5, mtime}` per file, by key.
        """

    @abstractmethod
    def _get_ml_bundle_upload_links(
        self, info: InfoType, client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        """Which files of an ML bundle to upload, and where to.

        Args:
            info: per file `bundle_name`, `key`, `md5`, `mtime`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Those elements whose file is absent, or has another md5 and is older; each with `url`.
        """

    @abstractmethod
    def get_projects(self, info: InfoType | None = None, client_info: ClientInfo | None = None) -> MetadataType:
        """Projects that the caller may read: those in which they have level 1 or more; administrators all.

        Args:
            info: dictionaries of field -> LIKE pattern (`id`, `name`, `description`); a project is returned that any
                field of any of them matches; where there is an `id`, it alone counts. None for all projects.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of projects (`id`, `name`, `description`, `notes`), by id.
        """

    @abstractmethod
    def put_projects(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Makes projects, of which the caller is admin (level 3).

        Args:
            info: per project `name` (1-32 characters, need not be unique), optional `description` (at most 256) and
                `notes` (at most 2,048, line breaks allowed).
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of projects.
        """

    @abstractmethod
    def delete_projects(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Deletes projects with their permissions, columns and series. Takes level 3: others are passed over.

        Args:
            info: as in `get_projects`, but a project has to match all fields of an element: a row of `get_projects` is
                that project alone. An element that names no field is refused.
            client_info: who acts; see BaseAPISpec.

        Returns:
            The rows deleted.
        """

    @abstractmethod
    def get_project_permissions(
        self, info: InfoType | None = None, client_info: ClientInfo | None = None
    ) -> MetadataType:
        """Who may do what in the projects that the caller may read.

        Args:
            info: as in `get_projects`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of permissions (`id`, `parent_project_id`, `parent_user_id`, `level`: 1 read, 2 write, 3 admin), by id.
        """

    @abstractmethod
    def put_project_permissions(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Gives, changes and takes away what users may do in projects, all or none. Takes level 3.

        Args:
            info: per permission `project_id`, `user_id` and `level`; 0 takes it away.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of the permissions that the users have now, by id.

        Raises:
            PermissionDenied: a project in which the caller has a lower level, or (NotFound, to administrators) that is
                not there.
            InvalidInput: a user is not there.
        """

    @abstractmethod
    def get_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """The series of projects: a row per deployment of a trap. Takes level 1.

        Args:
            info: per project `project_id`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows with `id`, `device`, `start_datetime`, `end_datetime` and the columns of their project, in the order
            they were made, None where not set; by project and id. Columns of type DATETIME hold naive UTC datetimes.
            (From a server, text of exactly that form is one too.)

        Raises:
            PermissionDenied, NotFound: as in `put_project_permissions`.
        """

    @abstractmethod
    def put_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Stores deployments and changes those that are there, all or none. Takes level 2.

        Args:
            info: per row `project_id`, `device`, `start_datetime`, `end_datetime` (in whole seconds), and values of any
                of the project's columns. With `id`, that row is changed: what is left out stays, None unsets a value.
            client_info: who acts; see BaseAPISpec.

        Returns:
            The rows as they are now, in the order of `info`; as in `get_project_series`.

        Raises:
            PermissionDenied, NotFound: as in `put_project_permissions`.
            InvalidInput: a value is not of its column's type, a deployment ends before it starts, a row is not there.
            Conflict: another row of the project has the same device and datetimes.
        """

    @abstractmethod
    def delete_project_series(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Deletes deployments. Takes level 3.

        Args:
            info: per row `project_id` and `id`; those that are not there are passed over.
            client_info: who acts; see BaseAPISpec.

        Returns:
            The rows deleted, by id.

        Raises:
            PermissionDenied, NotFound: as in `put_project_permissions`.
        """

    @abstractmethod
    def put_project_columns(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Makes columns of projects, or renames them, one after the other, all or none. Takes level 2.

        Args:
            info: per column `project_id`, `column_name` (1-64 characters; upper and lower case are the same name) and
                `column_SQL_type`: INTEGER, REAL, FLOAT, DOUBLE, TEXT, CHAR(n), VARCHAR(n), DATETIME or BOOLEAN. With
                `old_column_name`, that column gets the new name, and the new type if one is given and its values fit.
            client_info: who acts; see BaseAPISpec.

        Returns:
            `{'column_name': str, 'column_SQL_type': str}` per element of `info`.

        Raises:
            PermissionDenied, NotFound: as in `put_project_permissions`.
            InvalidInput: a column to be renamed is not there, or its values are not of the new type.
            Conflict: the project has another column of that name.
        """

    @abstractmethod
    def delete_project_columns(self, info: InfoType, client_info: ClientInfo | None = None) -> MetadataType:
        """Deletes columns of projects with their values. Takes level 3.

        Args:
            info: per column `project_id` and `column_name`; those that are not there are passed over.
            client_info: who acts; see BaseAPISpec.

        Returns:
            `{'column_name': str}` per column deleted.

        Raises:
            PermissionDenied, NotFound: as in `put_project_permissions`.
        """


class BaseAPI(BaseAPISpec, ABC):
    """Operations that reach rows and files themselves, as their configuration says.

    Args:
        api_conf: where the rows and files are: see the subclasses.
        args, kwargs: passed over; older tools have more of them.
    """

    def __init__(self, api_conf: BaseAPIConf, *args: Any, **kwargs: Any) -> None:
        self.configuration = api_conf
