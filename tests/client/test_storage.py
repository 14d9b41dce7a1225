"""The storages beside what clients and servers made: a folder of each, and the bucket of a server."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from sticky_pi_api.bundle_files import copy_whole
from sticky_pi_api.client import LocalClient
from sticky_pi_api.configuration import LocalAPIConf, RemoteAPIConf
from sticky_pi_api.core.errors import InvalidInput, Unavailable
from sticky_pi_api.core.layout import image_keys, tuboid_keys
from sticky_pi_api.specifications import LocalAPI, RemoteAPI
from sticky_pi_api.storage import BaseStorage, DiskStorage, S3Storage
from tests.client.samples import series_info, write_image, write_tuboid
from tests.contract.backends import Backend, LocalBackend, RemoteBackend, fetch, remote_client
from tests.contract.bundle_cases import FILES, LARGE, write
from tests.services import free_port
from tests.services.server import Server

IMAGE_WHATS = ("image", "thumbnail", "thumbnail_mini")
S3_NAMES = ("S3_HOST", "S3_ACCESS_KEY", "S3_PRIVATE_KEY", "S3_BUCKET_NAME", "S3_REGION")


@pytest.fixture(params=["local", "sqlite-disk", "mariadb-s3"])
def backend(request: pytest.FixtureRequest, server_of: Callable[[str], Server], tmp_path: Path) -> Iterator[Backend]:
    if request.param == "local":
        with LocalClient(tmp_path / "local") as client:
            yield LocalBackend(client, tmp_path / "local")
        return
    server = server_of(request.param)
    server.reset()
    with remote_client(server, tmp_path / "client") as client:
        yield RemoteBackend(client, server)


@pytest.fixture
def storage(backend: Backend) -> BaseStorage:
    """The storage of what the backend keeps."""
    if isinstance(backend, LocalBackend):
        return DiskStorage(LocalAPIConf(LOCAL_DIR=backend.folder))
    assert isinstance(backend, RemoteBackend)
    environment = backend.server.environment
    if environment.get("S3_HOST"):
        return S3Storage(RemoteAPIConf(**{name: environment[name] for name in S3_NAMES}))
    return DiskStorage(LocalAPIConf(LOCAL_DIR=backend.server.data_dir / "files"))


def forms(row: dict[str, Any]) -> Iterator[Any]:
    """A row, less of it, and objects with its fields."""
    yield row
    yield {**{name: row[name] for name in ("device",)}, "datetime": f"{row['datetime']:%Y-%m-%dT%H:%M:%SZ}"}
    yield SimpleNamespace(**row)
    yield SimpleNamespace(device=row["device"].upper(), datetime=row["datetime"].replace(tzinfo=UTC))


def test_urls_of_images(backend: Backend, storage: BaseStorage, tmp_path: Path) -> None:
    rows = backend.client.put_images([write_image(tmp_path, number) for number in range(2)])
    for what in IMAGE_WHATS:
        for row in backend.client.get_images(rows, what):
            for image in forms(row):
                url = storage.get_url_for_image(image, what)
                assert fetch(url) == fetch(row["url"])
                assert url.partition("?")[0].rpartition("/")[2] == row["url"].partition("?")[0].rpartition("/")[2]
    assert storage.get_url_for_image(rows[0]) == storage.get_url_for_image(rows[0], "metadata") == ""
    with pytest.raises(InvalidInput, match="thumbnail-mini"):
        storage.get_url_for_image(rows[0], "poster")


def test_deletion(backend: Backend, storage: BaseStorage, tmp_path: Path) -> None:
    images = backend.client.put_images([write_image(tmp_path, number) for number in range(5)])
    tuboids = backend.client.put_tiled_tuboids([write_tuboid(tmp_path, number) for number in range(3)], series_info())
    left = backend.files()
    for row, image in zip(images, forms(images[0]), strict=False):
        storage.delete_image_files(image)
        left -= set(image_keys(images[0]["device"], images[0]["datetime"]))
        assert backend.files() == left, "also where they are gone already"
        storage.delete_image_files(row)
        left -= set(image_keys(row["device"], row["datetime"]))
        assert backend.files() == left
    storage.delete_tiled_tuboid_files(tuboids[0])
    storage.delete_tiled_tuboid_files(SimpleNamespace(**tuboids[1]))
    assert backend.files() == left - {key for row in tuboids[:2] for key in tuboid_keys(row["tuboid_id"])}


@pytest.mark.parametrize("image", [{}, {"device": "../..", "datetime": "2020-01-01"}, None, {"device": "5c173ff2"}])
def test_names_of_images_are_checked(backend: Backend, storage: BaseStorage, image: Any) -> None:
    for call in (storage.delete_image_files, storage.get_url_for_image):
        with pytest.raises(InvalidInput, match=r"'device'|'datetime'"):
            call(image)


@pytest.mark.parametrize("tuboid_id", ["../..", "", None, 7])
def test_names_of_tuboids_are_checked(backend: Backend, storage: BaseStorage, tuboid_id: Any) -> None:
    with pytest.raises(InvalidInput, match="tuboid_id"):
        storage.delete_tiled_tuboid_files({"tuboid_id": tuboid_id})


def test_bundles_are_listed_as_the_operation_does(backend: Backend, storage: BaseStorage, tmp_path: Path) -> None:
    backend.client.put_ml_bundle_dir("detector", write(tmp_path / "bundle", FILES, time.time() - 3600))
    for what in ("all", "data", "model"):
        theirs = backend.client._get_ml_bundle_file_list("detector", what)
        ours = storage.get_ml_bundle_file_list("detector", what)
        assert [{**file, "url": ""} for file in ours] == [{**file, "url": ""} for file in theirs]
        assert {file["key"]: fetch(file["url"]) for file in ours} == {
            file["key"]: FILES[file["key"]] for file in theirs
        }
    assert storage.get_ml_bundle_file_list("nothing") == []
    with pytest.raises(InvalidInput, match="all, data, model"):
        storage.get_ml_bundle_file_list("nothing", "everything")
    for name in ("..", "a/b", None):
        with pytest.raises(InvalidInput, match="name of a bundle"):
            storage.get_ml_bundle_file_list(name)  # type: ignore[arg-type]


def test_bundles_go_up_by_its_links(backend: Backend, storage: BaseStorage, tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle", FILES, time.time() - 3600)
    backend.client.put_ml_bundle_dir("detector", folder)
    offers = [{**file, "note": "kept"} for file in backend.client._get_ml_bundle_file_list("detector")]
    assert storage.get_ml_bundle_upload_links("detector", offers) == []
    write(folder, {"output/model_final.pth": LARGE[::-1], "data/new.txt": b"new"}, time.time() + 60)
    with LocalClient(tmp_path / "other") as other:  # knows the md5s of the new ones
        other.put_ml_bundle_dir("detector", folder)
        offers = [{**file, "note": "kept"} for file in other._get_ml_bundle_file_list("detector")]
    links = storage.get_ml_bundle_upload_links("detector", offers)
    assert [(link["key"], link["note"]) for link in links] == [
        ("data/new.txt", "kept"),
        ("output/model_final.pth", "kept"),
    ]
    for link in links:
        put(folder / link["key"], link["url"])
    assert backend.client.get_ml_bundle_dir("detector", tmp_path / "copy")
    assert (tmp_path / "copy/output/model_final.pth").read_bytes() == LARGE[::-1]
    assert [file["md5"] for file in storage.get_ml_bundle_file_list("detector")] == [file["md5"] for file in offers]
    assert storage.get_ml_bundle_upload_links("detector", offers) == []
    for bad in ([{**offers[0], "key": "../a.txt"}], [{}], ["x"], "x"):
        with pytest.raises(InvalidInput, match=r"info"):
            storage.get_ml_bundle_upload_links("detector", bad)  # type: ignore[arg-type]


def put(path: Path, url: Any) -> None:
    """Does what an upload link asks for."""
    if isinstance(url, str):
        copy_whole(path, Path(url))
        return
    with path.open("rb") as file:
        assert requests.post(url["url"], url["fields"], files={"file": file}, timeout=30).status_code == 204


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = dict.fromkeys(S3_NAMES, "x")
    for kind in (DiskStorage, LocalAPI):
        with pytest.raises(InvalidInput, match="LOCAL_DIR"):
            kind(RemoteAPIConf(**values))
    with pytest.raises(InvalidInput, match="RemoteAPIConf"):
        RemoteAPI(LocalAPIConf(tmp_path))  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"S3_ACCESS_KEY and S3_BUCKET_NAME$"):
        S3Storage(RemoteAPIConf(**{**values, "S3_ACCESS_KEY": "", "S3_BUCKET_NAME": ""}))
    away = S3Storage(RemoteAPIConf(**{**values, "S3_HOST": f"http://127.0.0.1:{free_port()}"}))
    with pytest.raises(Unavailable, match="object store"):
        away.get_ml_bundle_file_list("detector")
    (tmp_path / "ml").touch()
    (tmp_path / "raw_images").touch()
    with pytest.raises(Unavailable, match="folder"):
        DiskStorage(LocalAPIConf(tmp_path)).delete_image_files({"device": "5c173ff2", "datetime": "2020-01-01"})
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ModuleNotFoundError, match=r"sticky-pi-api\[s3\]"):
        S3Storage(RemoteAPIConf(**values))


def test_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_HOST", "db")
    monkeypatch.delenv("S3_HOST", raising=False)
    monkeypatch.setenv("SECRET_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("SECRET_API_KEY", raising=False)
    (tmp_path / "key").write_text("from a file\n")
    conf = RemoteAPIConf(MYSQL_PASSWORD="a secret", MYSQL_PORT=3306)
    assert (conf.MYSQL_HOST, conf.S3_HOST, conf.environment()["MYSQL_PORT"]) == ("db", "", "3306")
    assert conf.SECRET_API_KEY == "from a file" and "a secret" not in repr(conf)
    (tmp_path / "key").unlink()
    with pytest.raises(InvalidInput, match="SECRET_API_KEY_FILE"):
        RemoteAPIConf()
    assert RemoteAPIConf(SECRET_API_KEY="given").SECRET_API_KEY == "given"
