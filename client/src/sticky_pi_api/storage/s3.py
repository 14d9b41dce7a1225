"""Files in a bucket of an S3 object store."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from ..configuration import RemoteAPIConf
from ..core.bundles import MAX_FILE, has_md5, is_bundle_md5, part_sizes
from ..core.chunks import chunker
from ..core.errors import InvalidInput, Unavailable
from ..core.layout import LINK_SECONDS
from .base import BaseStorage, StoredFile

_OBJECTS_PER_DELETION = 1000  # S3's limit
_NEEDED = ("S3_HOST", "S3_ACCESS_KEY", "S3_PRIVATE_KEY", "S3_BUCKET_NAME")


class S3Storage(BaseStorage):
    """The files in the bucket of a server. It takes boto3: `pip install 'sticky-pi-api[s3]'`.

    Args:
        api_conf: `S3_HOST` (a host, or a URL), `S3_BUCKET_NAME`, `S3_ACCESS_KEY`, `S3_PRIVATE_KEY`, and `S3_REGION`
            where the object store has regions.
        args, kwargs: see BaseStorage.

    Raises:
        InvalidInput: one of them is missing.
        ModuleNotFoundError: boto3 is not installed.
    """

    def __init__(self, api_conf: RemoteAPIConf, *args: Any, **kwargs: Any) -> None:
        super().__init__(api_conf, *args, **kwargs)
        if missing := [name for name in _NEEDED if not getattr(api_conf, name, "")]:
            raise InvalidInput(f"S3Storage takes a configuration with {' and '.join(missing)}")
        self._client = _client(api_conf)
        self._bucket = api_conf.S3_BUCKET_NAME

    def url(self, key: str) -> str:
        at = {"Bucket": self._bucket, "Key": key}
        url: str = self._client.generate_presigned_url("get_object", at, LINK_SECONDS)
        return url

    def upload_url(self, key: str, md5: str) -> dict[str, Any]:
        kept = {"x-amz-meta-md5": md5}
        conditions = [["content-length-range", 0, MAX_FILE], kept]
        post: dict[str, Any] = self._client.generate_presigned_post(self._bucket, key, kept, conditions, LINK_SECONDS)
        return post

    def remove(self, keys: Iterable[str]) -> None:
        for chunk in chunker(keys, _OBJECTS_PER_DELETION):
            objects = {"Objects": [{"Key": key} for key in chunk], "Quiet": True}
            with _faults():
                answer = self._client.delete_objects(Bucket=self._bucket, Delete=objects)
                if errors := answer.get("Errors"):
                    raise OSError(errors[0]["Code"])

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{folder}/")
        with _faults():
            for page in pages:
                for item in page.get("Contents", ()):
                    yield StoredFile(
                        item["Key"], item["Size"], item["LastModified"].timestamp(), item["ETag"].strip('"')
                    )

    def md5(self, file: StoredFile) -> str:
        if is_bundle_md5(file.etag, file.size):
            return file.etag
        with _faults():
            kept = self._client.head_object(Bucket=self._bucket, Key=file.key)["Metadata"].get("md5", "")
        return kept if part_sizes(kept, file.size) else file.etag

    def has_md5(self, file: StoredFile, md5: str) -> bool:
        return md5 == self.md5(file) or has_md5(md5, file.size, lambda: self._stream(file.key))

    @contextlib.contextmanager
    def _stream(self, key: str) -> Iterator[Any]:
        with (
            _faults(),
            contextlib.closing(self._client.get_object(Bucket=self._bucket, Key=key)["Body"]) as body,
        ):
            yield body


def _client(conf: RemoteAPIConf) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("S3Storage takes boto3: pip install 'sticky-pi-api[s3]'") from error
    host = conf.S3_HOST.rstrip("/")
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 3},
        request_checksum_calculation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=host if "://" in host else f"https://{host}",
        aws_access_key_id=conf.S3_ACCESS_KEY,
        aws_secret_access_key=conf.S3_PRIVATE_KEY,
        region_name=conf.S3_REGION or "us-east-1",
        config=config,
    )


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Faults of the object store as Unavailable."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise Unavailable(f"the object store cannot be used: {error}") from error
