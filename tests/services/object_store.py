"""An S3 object store: one node of Ceph (monitor, storage daemon in memory, gateway)."""

import contextlib
import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.services import Process, free_port, listens, run

_ACCESS_KEY, _SECRET_KEY, _REGION = "stickypi", "stickypi-secret", "default"
_MOST_AT_ONCE = 1000  # deletions, by S3
_PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
# The `paxos` lines are for speed: with the default, each of the dozen changes of its map takes a second.
_CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v1:127.0.0.1:{monitor_port}]
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
ms bind msgr2 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 4294967296
mon allow pool size one = true
paxos propose interval = 0.02
paxos min wait = 0.01
admin socket =
run dir = {folder}
log file = {folder}/$name.log
[mon.a]
mon data = {folder}/monitor
[osd.0]
osd data = {folder}/storage
"""


def missing() -> str | None:
    """What is missing here to run it, and how to get it; None if nothing is."""
    if absent := [name for name in _PROGRAMS if not shutil.which(name)]:
        return f"Ceph is missing ({', '.join(absent)}): apt-get install radosgw ceph-mon ceph-osd ceph-common"
    return None


def client(environment: Mapping[str, str]) -> Any:
    """boto3's S3 client for the bucket of a server with this environment."""
    return boto3.client(
        "s3",
        endpoint_url=environment["S3_HOST"],
        aws_access_key_id=environment["S3_ACCESS_KEY"],
        aws_secret_access_key=environment["S3_PRIVATE_KEY"],
        region_name=environment["S3_REGION"],
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            connect_timeout=10,
            read_timeout=30,
        ),
    )


def keys(environment: Mapping[str, str]) -> set[str]:
    """The keys of all objects in the bucket of a server with this environment."""
    pages = client(environment).get_paginator("list_objects_v2").paginate(Bucket=environment["S3_BUCKET_NAME"])
    return {item["Key"] for page in pages for item in page.get("Contents", ())}


def empty_bucket(environment: Mapping[str, str]) -> None:
    """Removes all objects of the bucket of a server with this environment."""
    objects = [{"Key": key} for key in keys(environment)]
    s3, bucket = client(environment), environment["S3_BUCKET_NAME"]
    for start in range(0, len(objects), _MOST_AT_ONCE):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": objects[start : start + _MOST_AT_ONCE], "Quiet": True})


class ObjectStore:
    """An empty store: a context manager."""

    def __init__(self) -> None:
        self.port, self._monitor_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "ObjectStore":
        self._folder = tempfile.TemporaryDirectory(prefix="ceph-")
        self._path = Path(self._folder.name)
        self._daemons: list[Process] = []
        try:
            self._start_monitor()
            self._start_storage()
            self._make_user()
            self._start_gateway()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        for daemon in reversed(self._daemons):
            daemon.kill()
        self._folder.cleanup()

    def create_bucket(self, name: str) -> dict[str, str]:
        """Makes a bucket, and returns the environment of a server that uses it."""
        environment = {
            "S3_HOST": self.url,
            "S3_ACCESS_KEY": _ACCESS_KEY,
            "S3_PRIVATE_KEY": _SECRET_KEY,
            "S3_BUCKET_NAME": name,
            "S3_REGION": _REGION,
        }
        client(environment).create_bucket(Bucket=name)
        return environment

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Stops the gateway for a while; the objects are there again afterwards."""
        self._daemons.pop().kill()
        try:
            yield
        finally:
            self._start_gateway()

    killed = away  # it knows of no other end

    def md5(self, environment: Mapping[str, str], key: str) -> str | None:
        """Of an object that is there."""
        s3 = client({**environment, "S3_HOST": self.url})
        with contextlib.suppress(s3.exceptions.NoSuchKey):
            body = s3.get_object(Bucket=environment["S3_BUCKET_NAME"], Key=key)["Body"].read()
            return hashlib.md5(body).hexdigest()
        return None

    def _run(self, program: str, *arguments: str) -> None:
        run(program, "-c", self._path / "ceph.conf", *arguments)

    def _start(self, *command: str) -> Process:
        process = Process(
            [command[0], "-f", "-c", self._path / "ceph.conf", *command[1:]], self._path / f"{command[0]}.out"
        )
        self._daemons.append(process)
        return process

    def _start_monitor(self) -> None:
        path, fsid = self._path, str(uuid.uuid4())
        text = _CONFIGURATION.format(fsid=fsid, monitor_port=self._monitor_port, folder=path)
        (path / "ceph.conf").write_text(text)
        for folder in ("monitor", "storage", "gateway"):
            (path / folder).mkdir()
        keyring = ("ceph-authtool", path / "keyring", "--gen-key")
        run(*keyring, "--create-keyring", "-n", "mon.", "--cap", "mon", "allow *")
        run(*keyring, "-n", "client.admin", "--cap", "mon", "allow *", "--cap", "osd", "allow *")
        run(*keyring, "-n", "osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *")
        address = f"[v1:127.0.0.1:{self._monitor_port}]"
        run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, path / "monmap")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", f"{path}/monmap", "--keyring", f"{path}/keyring")
        monitor = self._start("ceph-mon", "-i", "a")
        monitor.wait_until(lambda: listens(self._monitor_port))
        self._run("ceph", "--connect-timeout", "20", "auth", "import", "-i", f"{path}/keyring")

    def _start_storage(self) -> None:
        identity = str(uuid.uuid4())
        self._run("ceph", "--connect-timeout", "20", "osd", "new", identity)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)
        self._start("ceph-osd", "-i", "0")

    def _make_user(self) -> None:
        keys = (f"--access-key={_ACCESS_KEY}", f"--secret-key={_SECRET_KEY}")
        self._run("radosgw-admin", "user", "create", "--uid=stickypi", "--display-name=stickypi", *keys)

    def _start_gateway(self) -> None:
        endpoint = f"beast endpoint=127.0.0.1:{self.port}"
        gateway = self._start(
            "radosgw", "-n", "client.admin", "--rgw-frontends", endpoint, "--rgw-data", f"{self._path}/gateway"
        )
        gateway.wait_until(lambda: listens(self.port))
