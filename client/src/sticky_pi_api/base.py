"""What all clients do with the operations."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .bundle_files import disk_faults, install, partial_path
from .compositions import bundles, downloads, images, tuboids
from .core.errors import InvalidInput
from .core.formats import shown
from .core.joins import with_annotations
from .core.work import KINDS, parse_asked
from .md5s import Md5Cache
from .spec import BaseAPISpec
from .tables.query import Query
from .tables.table import Deployments, Source, Table
from .types import ClientInfo, InfoType, MetadataType, PathType
from .work.source import WorkSource
from .work.stream import Work, seconds_of, worker_name


class BaseClient(BaseAPISpec, ABC):
    """What all clients do with the operations of a service, whether it is a folder or a server.

    Args:
        local_dir: a folder for what the client keeps; made if absent.
        n_threads: how many files are worked on at once.
        skip_on_error: if True, a file that cannot be read or stored is logged and skipped; otherwise an error says
            which, at the end (`put_images`) or before the first is stored (`put_tiled_tuboids`, `put_ml_bundle_dir`).
    """

    def __init__(self, local_dir: PathType, n_threads: int = 8, skip_on_error: bool = False) -> None:
        self._local_dir = Path(local_dir).absolute()
        with disk_faults(self._local_dir):
            self._local_dir.mkdir(parents=True, exist_ok=True)
        self.n_threads = n_threads
        self.skip_on_error = skip_on_error
        self._md5s = Md5Cache(self._local_dir / "cache" / "md5s.db", n_threads)

    @property
    def local_dir(self) -> Path:
        """The folder for what the client keeps, as an absolute path."""
        return self._local_dir

    def put_images(self, files: Sequence[PathType], client_info: ClientInfo | None = None) -> MetadataType:
        """Uploads the images that are not there yet, `n_threads` at a time.

        An image that is there with the same md5 is skipped. One that is there with another md5 is never overwritten.
        Nothing stops at a file that cannot be stored: all others are uploaded first, then one error names each such
        file; its `rows` are those of the images uploaded.

        Args:
            files: paths of JPEG files named `<device>.<YYYY-MM-DD_HH-MM-SS>.jpg`; what cameras and tools make of that
                (`.JPG`, `.jpeg`, a device in upper case) is stored as it should be.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of the images uploaded, by (device, datetime).

        Raises:
            Conflict, InvalidInput, TooLarge: about some of the files; `items` have their `index`, `file` and `detail`.
        """
        return images.put_images(
            self,
            files,
            self._md5s,
            n_threads=self.n_threads,
            skip_on_error=self.skip_on_error,
            client_info=client_info,
        )

    def download_images(self, rows: MetadataType, folder: PathType, what: str = "image") -> MetadataType:
        """Downloads images that are not in a folder yet, `n_threads` at a time.

        Files are `<folder>/<device>/<device>.<datetime>.jpg`, thumbnails with their suffix. One that is there is left,
        if it is whole (an image has the md5 of its row, a thumbnail is a JPEG to its end), else it is replaced. Nothing
        stops at a file that cannot be had: one error, at the end, names each such file.

        Args:
            rows: of `get_images` or `get_image_series`, asked for with the same `what`.
            folder: made if absent.
            what: `image`, `thumbnail` or `thumbnail-mini`.

        Returns:
            The rows whose file was downloaded.

        Raises:
            Unavailable: a file cannot be read or written, or has another md5.
        """
        return downloads.download_images(
            lambda url, path, md5: self.fetch(url, path, md5=md5),
            rows,
            folder,
            self._md5s,
            what=what,
            n_threads=self.n_threads,
            skip_on_error=self.skip_on_error,
        )

    def get_images_with_uid_annotations_series(
        self,
        info: InfoType,
        what_image: str = "metadata",
        what_annotation: str = "metadata",
        client_info: ClientInfo | None = None,
    ) -> MetadataType:
        """The images of a series with their annotations: one row per annotation, or per image that has none.

        Args:
            info: as in `get_image_series`.
            what_image: as `what` in `get_images`.
            what_annotation: as `what` in `get_uid_annotations`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of images, and the columns of their annotations, those that clash with the suffix `_annot`; all None
            where there is no annotation. `[{}]` if there is no image.
        """
        found = self.get_image_series(info, what_image, client_info=client_info)
        theirs = self.get_uid_annotations_series(info, what_annotation, client_info=client_info) if found else []
        return with_annotations(found, theirs)

    def put_tiled_tuboids(
        self,
        tuboid_directories: Sequence[PathType],
        series_info: dict[str, Any],
        client_info: ClientInfo | None = None,
    ) -> MetadataType:
        """Stores tiled tuboids of one series. All are checked before the first is stored.

        Args:
            tuboid_directories: folders named by tuboid_id, each with `tuboid.jpg`, `context.jpg` and `metadata.txt`.
            series_info: `device`, `start_datetime`, `end_datetime`, `algo_name`, `algo_version`, `n_images` and
                `n_tuboids` of the series, whose row is made once.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of the tuboids, by tuboid_id.

        Raises:
            InvalidInput: something of a tuboid or of the series is wrong; nothing was stored.
            Conflict: tuboids are already there, or the series has no room for them: `items` say which; all others were
                stored, and are the error's `rows`.
        """
        return tuboids.put_tiled_tuboids(
            self,
            tuboid_directories,
            series_info,
            n_threads=self.n_threads,
            skip_on_error=self.skip_on_error,
            client_info=client_info,
        )

    def get_tiled_tuboid_series_itc_labels(
        self, info: InfoType, what: str = "metadata", client_info: ClientInfo | None = None
    ) -> MetadataType:
        """Tuboids with their labels: one row per label, or per tuboid that has none.

        Args:
            info, what: as in `get_tiled_tuboid_series`.
            client_info: who acts; see BaseAPISpec.

        Returns:
            Rows of tuboids, and the columns of their labels with the suffix `_itc`; all None where there is no label.
        """
        return tuboids.get_tiled_tuboid_series_itc_labels(self, info, what, client_info=client_info)

    def put_ml_bundle_dir(
        self, bundle_name: str, bundle_dir: PathType, what: str = "all", client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        """Uploads the files of an ML bundle that are absent, or older and different, `n_threads` at a time.

        Args:
            bundle_name: 1 to 100 letters, digits and `. _ + -`.
            bundle_dir: the folder; of its files those are taken that a bundle may have (.yaml .yml .svg .jpeg .jpg .txt
                .db, model_final.pth), a warning in the log names the others.
            what: `all`, `data` (folders `data` and `config`) or `model` (`output` and `config`).
            client_info: who acts; see BaseAPISpec.

        Returns:
            What was uploaded: `{bundle_name, key, md5, mtime, url}` per file.
        """
        return bundles.put_ml_bundle_dir(
            self,
            self._put_ml_bundle_file,
            self._md5s,
            bundle_name=bundle_name,
            bundle_dir=bundle_dir,
            what=what,
            n_threads=self.n_threads,
            skip_on_error=self.skip_on_error,
            client_info=client_info,
        )

    def get_ml_bundle_dir(
        self, bundle_name: str, bundle_dir: PathType, what: str = "all", client_info: ClientInfo | None = None
    ) -> list[dict[str, Any]]:
        """Downloads the files of an ML bundle that are absent, or older and different, `n_threads` at a time.

        A file appears under its name when it is whole and its md5 is right; a download that was interrupted goes on
        where it was.

        Args:
            bundle_name, what: as in `put_ml_bundle_dir`.
            bundle_dir: made if absent.
            client_info: who acts; see BaseAPISpec.

        Returns:
            What was downloaded: `{key, url, md5, mtime}` per file.

        Raises:
            NotFound: the bundle has no files, or none that `what` covers.
            Unavailable: a file cannot be read or written, or has another md5.
        """
        return bundles.get_ml_bundle_dir(
            self,
            lambda file, path: self.fetch(file["url"], path, md5=file["md5"], mtime=file["mtime"]),
            bundle_name=bundle_name,
            bundle_dir=bundle_dir,
            what=what,
            n_threads=self.n_threads,
            client_info=client_info,
        )

    def fetch(self, url: str, path: PathType, *, md5: str | None = None, mtime: float | None = None) -> None:
        """Writes what a `url` of an answer leads to into a file, whole or not at all.

        Args:
            url: of any row.
            path: of the file; its folder is made if absent.
            md5: of the file, if known: then it is checked, and a download that was interrupted goes on where it was.
            mtime: time of change that the file is given, in unix seconds.

        Raises:
            Unavailable: it cannot be read or written, or has another md5.
        """
        target = Path(path)
        url_md5 = hashlib.md5(url.encode(errors="replace"), usedforsecurity=False).hexdigest()
        partial = partial_path(target, md5 or url_md5)
        with disk_faults(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            if md5 is None:
                partial.unlink(missing_ok=True)
            self._transfer(url, partial)
            install(partial, target, md5=md5, mtime=mtime)

    def images(
        self, device: str = "%", start: Any = None, end: Any = None, *, columns: Sequence[str] | None = None
    ) -> Table:
        """The images of a LIKE pattern of devices, start <= datetime < end, as a table: see `sticky_pi_api.tables`."""
        return Table(self, Query.of("images", device, start, end, columns=columns))

    def annotations(
        self,
        device: str = "%",
        start: Any = None,
        end: Any = None,
        *,
        algo_name: str | None = None,
        algo_version: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> Table:
        """The annotations of these images, with device and datetime; `json` only where `columns` names it."""
        by, without = (algo_name, algo_version), ("json",)
        return Table(self, Query.of("annotations", device, start, end, algorithm=by, columns=columns, without=without))

    def tuboids(
        self,
        device: str = "%",
        captured_between: tuple[Any, Any] = (None, None),
        *,
        algo_name: str | None = None,
        algo_version: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> Table:
        """The tuboids whose first shot is in a range, (start, end), with the columns of their series."""
        by = algo_name, algo_version
        return Table(self, Query.of("tuboids", device, *captured_between, algorithm=by, columns=columns))

    def labels(
        self,
        device: str = "%",
        captured_between: tuple[Any, Any] = (None, None),
        *,
        algo_name: str | None = None,
        algo_version: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> Table:
        """The labels of these tuboids, with tuboid_id, device and first shot of each."""
        by = algo_name, algo_version
        return Table(self, Query.of("labels", device, *captured_between, algorithm=by, columns=columns))

    def deployments(self, project: int) -> Table:
        """The deployments of a project, with its own columns; takes level 1 of the project."""
        return Deployments(self, Query.of("deployments", "%", None, None), project)

    def work(
        self,
        algo_name: str,
        algo_version: str,
        device: str = "%",
        start: Any = None,
        end: Any = None,
        *,
        what: str = "images",
        project: int | None = None,
        lease: str | float = "30min",
        n: int = 8,
        until_empty: bool = True,
        worker: str = "",
    ) -> Work:
        """Images that this version has not annotated (or tuboids that it has not labelled), for this worker alone.

        `for item in client.work("uid", version): item.done(contours)`. See `sticky_pi_api.work`.

        Args:
            device, start, end: a LIKE pattern, and start <= datetime < end (of tuboids: of the first shot).
            what: `images` or `tuboids`.
            project: its id: only where and while its deployments lasted.
            lease: how long a worker that dies keeps items from others.
            n: items that are leased at a time.
            until_empty: whether to end when all is done; otherwise it waits for more. What others hold is waited for.
            worker: which one this is, as the desk shows it.

        Raises:
            InvalidInput: an argument is not what it takes.
        """
        if what not in KINDS:
            raise InvalidInput(f"what={shown(what)}: it takes one of {', '.join(KINDS)}")
        asked = {
            "algo_name": algo_name,
            "algo_version": algo_version,
            "device": device,
            "start_datetime": start,
            "end_datetime": end,
            "project": project,
            "n": n,
            "seconds": seconds_of(lease),
            "worker": worker or worker_name(),
        }
        return Work(self, self._work, what, parse_asked(asked), until_empty=until_empty)

    @property
    def _work(self) -> WorkSource:
        """Where work comes from."""
        raise InvalidInput("this client hands out no work: it takes a LocalClient or a RemoteClient")

    @property
    @abstractmethod
    def _tables(self) -> Source:
        """Where the rows of tables come from."""

    @abstractmethod
    def _put_ml_bundle_file(self, path: Path, url: Any) -> None:
        """Sends a file to the `url` of an upload link."""

    @abstractmethod
    def _transfer(self, url: str, partial: Path) -> None:
        """Writes what a `url` leads to into `partial`, which may have the beginning of it."""
