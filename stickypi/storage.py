"""Where files are kept: Django's storages, on disk or in a bucket, with what ingest needs beside.

Both put a file only where there is none, whole and durable, and speak of their faults as `Unavailable`.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import botocore.exceptions
from botocore.config import Config
from django.core.files.storage import FileSystemStorage, default_storage
from storages.backends.s3 import S3Storage

from sticky_pi_api.core.errors import Unavailable
from stickypi import links, sigv4

_INCOMING = ".incoming"
_OBJECTS_PER_DELETION = 1000  # S3's limit


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
            _sync_folder(path.parent)
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
                with contextlib.suppress(OSError):  # not empty, or gone already
                    path.parent.rmdir()

    def remove_incoming(self, seconds: float) -> None:
        """Removes what writers that were killed left behind, older than `seconds`."""
        folder = Path(self.path(_INCOMING))
        with _faults():
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.stat().st_mtime < time.time() - seconds:
                    path.unlink(missing_ok=True)

    def link_maker(self, base_url: str) -> Callable[[str], str]:
        """A function from a key to a link that works for a day without further authentication."""
        return links.maker(base_url)

    def _write_incoming(self, data: bytes) -> Path:
        path = Path(self.path(_INCOMING)) / secrets.token_hex(8)
        self._make_folder(path.parent)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return path

    def _make_folder(self, folder: Path) -> None:
        """Makes a folder such that it survives a power cut."""
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
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


def _content_type(key: str) -> str:
    name = key.rpartition("/")[2]
    return "image/jpeg" if ".jpg" in name else "text/plain" if name.endswith(".txt") else "application/octet-stream"
