"""Files in a bucket of an object store."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import botocore.exceptions
from botocore.config import Config
from storages.backends.s3 import S3Storage

from stickypi.storage import links, sigv4
from stickypi.storage.links import LinkMaker, UploadLinkMaker
from stickypi.storage.stored import StoredFile, content_type, faults

_OBJECTS_PER_DELETION = 1000  # S3's limit


class BucketStorage(S3Storage):
    """A bucket of an S3 object store, addressed by path."""

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' defaults, with timeouts that are short enough for a trap that waits."""
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
        with faults():
            try:
                self.client.put_object(
                    Bucket=self.bucket_name, Key=key, Body=data, ContentType=content_type(key), IfNoneMatch="*"
                )
            except botocore.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
                    return False
                raise
        return True

    def read(self, key: str) -> bytes | None:
        """The content of a file, None where there is none."""
        with faults():
            try:
                return self.client.get_object(Bucket=self.bucket_name, Key=key)["Body"].read()
            except self.client.exceptions.NoSuchKey:
                return None

    def exists(self, name: str) -> bool:
        """Whether there is a file."""
        with faults():
            return super().exists(name)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files; missing ones are skipped."""
        objects = [{"Key": key} for key in keys]
        with faults():
            for start in range(0, len(objects), _OBJECTS_PER_DELETION):
                chunk = {"Objects": objects[start : start + _OBJECTS_PER_DELETION], "Quiet": True}
                answer = self.client.delete_objects(Bucket=self.bucket_name, Delete=chunk)
                if errors := answer.get("Errors"):
                    raise OSError(errors[0]["Code"])

    def remove_incoming(self, seconds: float) -> None:
        """Nothing to do: an object is never stored in part."""

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        """The files below a folder, by key."""
        with faults():
            for page in self._pages(folder):
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
        with faults(), contextlib.closing(self.client.get_object(Bucket=self.bucket_name, Key=key)["Body"]) as body:
            yield body

    def metadata(self, key: str) -> dict[str, str]:
        """The metadata that was stored with a file, by name."""
        with faults():
            return self.client.head_object(Bucket=self.bucket_name, Key=key)["Metadata"]

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

    def _pages(self, folder: str, **options: str) -> Iterable[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2")
        return pages.paginate(Bucket=self.bucket_name, Prefix=f"{folder}/", **options)
