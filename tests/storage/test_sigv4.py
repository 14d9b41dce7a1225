"""The presigner signs as botocore does, and the object store agrees."""

from datetime import UTC, datetime
from unittest import mock

import boto3
import requests
from botocore import auth as botocore_auth
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from stickypi.storage.sigv4 import Presigner
from tests.services import object_store as part
from tests.services.object_store import ObjectStore

SECONDS = 3600
endpoints = st.sampled_from(
    ["https://s3.example.org", "http://127.0.0.1:9000", "https://s3.example.org:443", "https://example.org:8443"]
)
buckets = st.from_regex(r"[a-z0-9][a-z0-9-]{1,18}[a-z0-9]", fullmatch=True)
regions = st.sampled_from(["us-east-1", "eu-west-3", "default", "garage"])
keys = st.text(
    st.one_of(st.sampled_from("/ +%&=?#~._-"), st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
    min_size=1,
    max_size=60,
).filter(lambda key: not key.startswith("/") and "//" not in key and "/." not in f"/{key}")
secrets = st.text("abcDEF0189+/=", min_size=1, max_size=40)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@settings(max_examples=100, deadline=None)
@given(endpoint=endpoints, bucket=buckets, region=regions, access=secrets, secret=secrets, key=keys, now=moments)
def test_it_signs_as_botocore(
    endpoint: str, bucket: str, region: str, access: str, secret: str, key: str, now: datetime
) -> None:
    ours = Presigner(
        endpoint_url=endpoint,
        bucket=bucket,
        region=region,
        access_key=access,
        secret_key=secret,
        seconds=SECONDS,
        now=now.replace(tzinfo=UTC),
    )
    assert ours.get_url(key) == _by_botocore(endpoint, bucket, region, access, secret, key, now)


def _by_botocore(endpoint: str, bucket: str, region: str, access: str, secret: str, key: str, now: datetime) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    with mock.patch.object(botocore_auth, "get_current_datetime", lambda remove_tzinfo=True: now):
        return client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=SECONDS)


def test_the_object_store_agrees(object_store: ObjectStore) -> None:
    environment = object_store.create_bucket("presigned")
    names = ["raw_images/5c173ff2/5c173ff2.2021-06-20_21-33-24.jpg.thumbnail-mini", "ml/a b/data/é+%&=~.txt"]
    presigner = Presigner(
        endpoint_url=environment["S3_HOST"],
        bucket=environment["S3_BUCKET_NAME"],
        region=environment["S3_REGION"],
        access_key=environment["S3_ACCESS_KEY"],
        secret_key=environment["S3_PRIVATE_KEY"],
        seconds=SECONDS,
    )
    for name in names:
        part.client(environment).put_object(Bucket="presigned", Key=name, Body=name.encode())
        assert requests.get(presigner.get_url(name), timeout=10).content == name.encode()
        tampered = presigner.get_url(name)[:-1] + "x"
        assert requests.get(tampered, timeout=10).status_code == 403
