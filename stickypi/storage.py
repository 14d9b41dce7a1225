"""Where files are kept: Django's storages, on disk or in a bucket, with what ingest needs beside.

Both put a file only where there is none, whole and durable, and speak of their faults as `Unavailable`.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import botocore.exceptions
from botocore.config import Config
from django.core.files.storage import FileSystemStorage, default_storage
from storages.backends.s3 import S3Storage

from sticky_pi_api.core.errors import Conflict, Unavailable
from stickypi import links, sigv4

_INCOMING = ".incoming"
_OBJECTS_PER_DELETION = 1000  # S3's limit


@dataclass(frozen=True)
class StoredFile:
    """A file that is there: `mtime` in unix seconds; `version` is another whenever its content is.

    `etag` is what a bucket has for an md5; None on disk.
    """

    key: str
    size: int
    mtime: float
    version: str
    etag: str | None = None


def files() -> "DiskStorage | BucketStorage":
    """The storage that the configuration names."""
    return cast("DiskStorage | BucketStorage", default_storage)


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Faults of the storage as Unavailable, so that the sender tries again."""
    try:
        yield
    except (OSError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Unavailable(f"the file storage is unavailable ({type(error).__name__}): try again later") from error


class DiskStorage(FileSystemStorage):
    """A folder. Files are written under another name, synced, then linked: they appear whole or not at all."""

    def put_absent(self, key: str, data: bytes) -> bool:
        """Stores a file where there is none. False, and nothing changed, where there is one."""
        with _faults():
            path = Path(self.path(key))
            self._make_folder(path.parent)
            written = self._write_incoming(data)
            try:
                os.link(written, path)
            except FileExistsError:
                return False
            finally:
                written.unlink()
            _sync(path.parent)
        return True

    def read(self, key: str) -> bytes | None:
        """The content of a file, None where there is none."""
        with _faults():
            try:
                return Path(self.path(key)).read_bytes()
            except FileNotFoundError:
                return None

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files, and folders that this leaves empty; those that are not there are passed over."""
        with _faults():
            for key in keys:
                path = Path(self.path(key))
                path.unlink(missing_ok=True)
                self._remove_empty_folders(path.parent)

    def remove_incoming(self, seconds: float) -> None:
        """Removes what writers that were killed left behind, older than `seconds`."""
        folder = Path(self.path(_INCOMING))
        with _faults():
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.stat().st_mtime < time.time() - seconds:
                    path.unlink(missing_ok=True)

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        """The files below a folder, by key. Symbolic links are passed over: they may lead anywhere."""
        with _faults():
            for entry in self._entries(folder):
                key = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    yield from self.list_files(key)
                elif entry.is_file(follow_symlinks=False):
                    yield _stored_file(key, entry.stat(follow_symlinks=False))

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, in order."""
        with _faults():
            return [entry.name for entry in self._entries(folder) if entry.is_dir()]

    @contextlib.contextmanager
    def stream(self, key: str) -> Iterator[BinaryIO]:
        """A file, to be read in pieces."""
        with _faults(), Path(self.path(key)).open("rb") as file:
            yield file

    def metadata(self, key: str) -> dict[str, str]:
        """What was kept with a file: nothing, on disk."""
        return {}

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Path]:
        """A path for a file on its way in, to be given to `replace`; what is there at the end is removed."""
        with _faults():
            path = self._incoming_path()
            try:
                yield path
            finally:
                path.unlink(missing_ok=True)

    def replace(self, key: str, path: Path, *, within: str) -> StoredFile:
        """Puts a file of `incoming` where it belongs, over one that is there, whole and durable.

        Raises:
            Conflict: there is a folder of that name, or symbolic links lead out of the folder `within`.
        """
        target = Path(self.path(key))
        with _faults():
            if not target.parent.resolve().is_relative_to(Path(self.path(within)).resolve()):
                raise Conflict(f"{key!r}: a symbolic link leads out of {within!r}")
            stored = _stored_file(key, path.stat())
            _sync(path)
            try:
                self._make_folder(target.parent)
                path.replace(target)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise Conflict(f"{key!r}: a folder has that name, or a file has that of its folder") from error
            _sync(target.parent)
        return stored

    def link_maker(self, base_url: str) -> Callable[[str], str]:
        """A function from a key to a link that works for a day without further authentication."""
        return links.maker(base_url)

    def upload_link_maker(self, base_url: str) -> Callable[[str, str], dict[str, Any]]:
        """A function from a key and an md5 to where, and with which fields, to POST that file within a day."""
        return links.upload_maker(base_url)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What is in a folder, in the order of the keys below it."""
        try:
            with os.scandir(self.path(folder)) as entries:
                return sorted(entries, key=lambda entry: f"{entry.name}/" if entry.is_dir() else entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _incoming_path(self) -> Path:
        path = Path(self.path(_INCOMING)) / secrets.token_hex(8)
        self._make_folder(path.parent)
        return path

    def _write_incoming(self, data: bytes) -> Path:
        path = self._incoming_path()
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return path

    def _remove_empty_folders(self, folder: Path) -> None:
        with contextlib.suppress(OSError):  # not empty, or gone already
            while folder != Path(self.location):
                folder.rmdir()
                folder = folder.parent

    def _make_folder(self, folder: Path) -> None:
        """Makes a folder such that it survives a power cut."""
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync(folder.parent)


def _stored_file(key: str, stat: os.stat_result) -> StoredFile:
    return StoredFile(key, stat.st_size, stat.st_mtime, version=str(stat.st_mtime_ns))


def _sync(path: Path) -> None:
    """Makes a file, or what is in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BucketStorage(S3Storage):
    """A bucket of an S3 object store, addressed by path."""

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' defaults, with timeouts that a waiting trap can live with."""
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=32,
            request_checksum_calculation="when_required",
        )
        return {**super().get_default_settings(), "client_config": config}

    @property
    def client(self) -> Any:
        """boto3's S3 client."""
        return self.connection.meta.client

    def put_absent(self, key: str, data: bytes) -> bool:
        """Stores a file where there is none. False, and nothing changed, where there is one."""
        with _faults():
            try:
                self.client.put_object(
                    Bucket=self.bucket_name, Key=key, Body=data, ContentType=_content_type(key), IfNoneMatch="*"
                )
            except botocore.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
                    return False
                raise
        return True

    def read(self, key: str) -> bytes | None:
        """The content of a file, None where there is none."""
        with _faults():
            try:
                return self.client.get_object(Bucket=self.bucket_name, Key=key)["Body"].read()
            except self.client.exceptions.NoSuchKey:
                return None

    def exists(self, name: str) -> bool:
        """Whether there is a file."""
        with _faults():
            return super().exists(name)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files; those that are not there are passed over."""
        objects = [{"Key": key} for key in keys]
        with _faults():
            for start in range(0, len(objects), _OBJECTS_PER_DELETION):
                chunk = {"Objects": objects[start : start + _OBJECTS_PER_DELETION], "Quiet": True}
                answer = self.client.delete_objects(Bucket=self.bucket_name, Delete=chunk)
                if errors := answer.get("Errors"):
                    raise OSError(errors[0]["Code"])

    def remove_incoming(self, seconds: float) -> None:
        """Nothing to do: an object appears whole."""

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        """The files below a folder, by key."""
        with _faults():
            for page in self._pages(folder):
                for item in page.get("Contents", ()):
                    etag = item["ETag"].strip('"')
                    yield StoredFile(item["Key"], item["Size"], item["LastModified"].timestamp(), etag, etag)

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, in order."""
        with _faults():
            pages = self._pages(folder, Delimiter="/")
            return [item["Prefix"].split("/")[-2] for page in pages for item in page.get("CommonPrefixes", ())]

    @contextlib.contextmanager
    def stream(self, key: str) -> Iterator[BinaryIO]:
        """A file, to be read in pieces."""
        with _faults(), contextlib.closing(self.client.get_object(Bucket=self.bucket_name, Key=key)["Body"]) as body:
            yield body

    def metadata(self, key: str) -> dict[str, str]:
        """What was kept with a file, by name."""
        with _faults():
            return self.client.head_object(Bucket=self.bucket_name, Key=key)["Metadata"]

    def link_maker(self, base_url: str) -> Callable[[str], str]:
        """A function from a key to a presigned URL that works for a day."""
        return sigv4.Presigner(
            endpoint_url=self.endpoint_url,
            bucket=self.bucket_name,
            region=self.region_name,
            access_key=self.access_key,
            secret_key=self.secret_key,
            seconds=links.LIFETIME,
        ).get_url

    def upload_link_maker(self, base_url: str) -> Callable[[str, str], dict[str, Any]]:
        """A function from a key and an md5 to where, and with which fields, to POST that file within a day."""
        client = self.client

        def link(key: str, md5: str) -> dict[str, Any]:
            kept = {"x-amz-meta-md5": md5}
            conditions = [["content-length-range", 0, links.MAX_UPLOAD], kept]
            return client.generate_presigned_post(self.bucket_name, key, kept, conditions, links.LIFETIME)

        return link

    def _pages(self, folder: str, **options: str) -> Iterable[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2")
        return pages.paginate(Bucket=self.bucket_name, Prefix=f"{folder}/", **options)


def _content_type(key: str) -> str:
    name = key.rpartition("/")[2]
    return "image/jpeg" if ".jpg" in name else "text/plain" if name.endswith(".txt") else "application/octet-stream"
