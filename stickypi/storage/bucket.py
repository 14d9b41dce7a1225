"""Files in a bucket of an object store."""

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, cast

import botocore.exceptions
from botocore.config import Config
from storages.backends.s3 import S3Storage

from sticky_pi_api.core.chunks import chunker
from stickypi.breakers import CircuitBreaker
from stickypi.storage import links, sigv4
from stickypi.storage.links import LinkMaker, UploadLinkMaker
from stickypi.storage.stored import StoredFile, content_type, faults

_OBJECTS_PER_DELETION = 200  # S3 takes 1000; a slow store should answer within the timeout
_ASKED_ALONE = 5  # keys
_BUDGET = 10.0  # seconds
_CALL, _BYTES_PER_SECOND = 0.5, 1e6  # what a store may take for a call, and for what it takes in or gives out
_PIECE = 1 << 18
_PAUSE = 0.2  # seconds, before a call is made once more

_STORE = CircuitBreaker(
    "the file storage", 4, lambda error: not isinstance(error, botocore.exceptions.BotoCoreError | OSError), _BUDGET
)


class BucketStorage(S3Storage):
    """A bucket of an S3 object store, addressed by path."""

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' defaults, with timeouts that are short enough for a trap that waits."""
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=8,
            retries={"mode": "standard", "total_max_attempts": 1},  # see `_ask`
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
        with faults():
            try:
                self._ask(
                    *("put_object", len(data)), Key=key, Body=data, ContentType=content_type(key), IfNoneMatch="*"
                )
            except botocore.exceptions.ClientError as error:
                if _status(error) in (409, 412):
                    return False
                raise
        return True

    def put_file(self, key: str, path: Path) -> None:
        """Stores a file of any size, replacing one that is there; for commands, which may take their time."""
        with faults():
            self.client.upload_file(path, self.bucket_name, key, ExtraArgs={"ContentType": content_type(key)})

    def read(self, key: str) -> bytes | None:
        """The content of a file, None where there is none."""
        with faults():
            try:
                with contextlib.closing(self._open_body(key)) as body:
                    return b"".join(iter(lambda: body.read(_PIECE), b""))
            except self.client.exceptions.NoSuchKey:
                return None

    def exists(self, name: str) -> bool:
        """Whether there is a file."""
        with faults():
            return self._head(name) is not None

    def size(self, name: str) -> int:
        """The bytes of a file. Raises FileNotFoundError where there is none."""
        with faults():
            head = self._head(name)
        if head is None:
            raise FileNotFoundError(name)
        return head["ContentLength"]

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files; missing ones are skipped."""
        objects = [{"Key": key} for key in keys]
        with faults():
            for chunk in chunker(objects, _OBJECTS_PER_DELETION):
                answer = self._ask("delete_objects", 10_000 * len(chunk), Delete={"Objects": chunk, "Quiet": True})
                if errors := answer.get("Errors"):
                    raise OSError(errors[0]["Code"])

    def existing(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that have a file; many, which should be close together, are listed with what is between."""
        if len(keys) <= _ASKED_ALONE:
            return {key for key in keys if self.exists(key)}
        first, last = min(keys), max(keys)
        listed = self.list_files(first.partition("/")[0], after=first[:-1])
        return {file.key for file in takewhile(lambda file: file.key <= last, listed)}.intersection(keys)

    def move(self, key: str, target: str) -> None:
        """Gives a file another key."""
        with faults():
            self._ask("copy_object", CopySource={"Bucket": self.bucket_name, "Key": key}, Key=target)
        self.remove([key])

    def remove_incoming(self, seconds: float) -> None:
        """Nothing to do: an object is never stored in part."""

    def list_files(self, folder: str, after: str = "") -> Iterator[StoredFile]:
        """The files below a folder whose keys come after `after`, by key."""
        with faults():
            for page in self._pages(folder, **({"StartAfter": after} if after else {})):
                for item in page.get("Contents", ()):
                    etag = item["ETag"].strip('"')
                    yield StoredFile(item["Key"], item["Size"], item["LastModified"].timestamp(), etag, etag)

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, in order."""
        with faults():
            pages = self._pages(folder, Delimiter="/")
            return [item["Prefix"].split("/")[-2] for page in pages for item in page.get("CommonPrefixes", ())]

    @contextlib.contextmanager
    def stream(self, key: str) -> Iterator[BinaryIO]:
        """A file, to be read in pieces."""
        with faults(), contextlib.closing(self._open_body(key)) as body:
            yield cast(BinaryIO, body)

    def metadata(self, key: str) -> dict[str, str]:
        """The metadata that was stored with a file, by name."""
        with faults():
            return self._ask("head_object", Key=key)["Metadata"]

    def link_maker(self, base_url: str) -> LinkMaker:
        """Presigned URLs that work for 24 to 25 hours, and are the same for an hour (see `links`)."""
        return sigv4.Presigner(
            endpoint_url=self.endpoint_url,
            bucket=self.bucket_name,
            region=self.region_name,
            access_key=self.access_key,
            secret_key=self.secret_key,
            seconds=links.LIFETIME + 3600,
            now=datetime.now(UTC).replace(minute=0, second=0, microsecond=0),
        ).get_url

    def upload_link_maker(self, base_url: str) -> UploadLinkMaker:
        """Presigned POSTs that work for a day."""
        client = self.client

        def link(key: str, md5: str) -> dict[str, Any]:
            kept = {"x-amz-meta-md5": md5}
            conditions = [["content-length-range", 0, links.MAX_UPLOAD], kept]
            return client.generate_presigned_post(self.bucket_name, key, kept, conditions, links.LIFETIME)

        return link

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            return self._ask("head_object", Key=key)
        except botocore.exceptions.ClientError as error:
            if _status(error) == 404:
                return None
            raise

    def _open_body(self, key: str) -> "_Body":
        return _Body(self._ask("get_object", Key=key)["Body"])

    def _pages(self, folder: str, **options: Any) -> Iterator[dict[str, Any]]:
        page: dict[str, Any] = {"IsTruncated": True}
        while page["IsTruncated"]:
            start: dict[str, Any] = (
                {"ContinuationToken": page["NextContinuationToken"]} if "NextContinuationToken" in page else {}
            )
            page = self._ask("list_objects_v2", Prefix=f"{folder}/", **options, **start)
            yield page

    def _ask(self, operation: str, size: int = 0, **parameters: Any) -> dict[str, Any]:
        """What the store answers, having taken in `size` bytes.

        It is asked once more where it was too busy, or the connection broke: it may have been closed while it was idle.
        """
        ask = getattr(self.client, operation)
        try:
            with _STORE.call(_CALL + size / _BYTES_PER_SECOND):
                return ask(Bucket=self.bucket_name, **parameters)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            if not _is_transient(error):
                raise
        time.sleep(_PAUSE)
        with _STORE.call(_CALL + size / _BYTES_PER_SECOND):
            return ask(Bucket=self.bucket_name, **parameters)


class _Body:
    """What is left of a file to be read."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`."""
        with _STORE.call(_CALL + size / _BYTES_PER_SECOND):
            return self._body.read(size)

    def close(self) -> None:
        """The rest is not wanted."""
        self._body.close()


def _status(error: botocore.exceptions.ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _is_transient(error: Exception) -> bool:
    if isinstance(error, botocore.exceptions.ClientError):
        return _status(error) >= 500
    return isinstance(error, botocore.exceptions.EndpointConnectionError | botocore.exceptions.ConnectionClosedError)
