"""ML bundles: put, get, and only what differs."""

import os
import time
from pathlib import Path

import pytest

from sticky_pi_api.bundle_files import partial_path
from sticky_pi_api.core.errors import InvalidInput, Unavailable
from tests.contract.backends import Backend, fetch

MIB = 1 << 20
LARGE = bytes(range(251)) * (20 * MIB // 251)  # three parts of 8 MiB, two of 15 MiB
FILES = {
    "config/config.yaml": b"a: 1\n",
    "data/one.svg": b"<svg/>",
    "data/deep er/é.jpg": b"\xff\xd8",
    "data/empty.txt": b"",
    "output/model_final.pth": LARGE,
}
OTHERS = {"data/notes.doc": b"", "output/model_0001.pth": b"", "data/.one.svg.0.part": b""}
WHATS = {"data": ("data/", "config/"), "model": ("output/", "config/")}


def write(folder: Path, files: dict[str, bytes], mtime: float) -> Path:
    for key, data in files.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (mtime, mtime))
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keys_of(rows: list[dict]) -> list[str]:
    return [row["key"] for row in rows]


class BundleCases:
    """Inherited by every backend."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A bundle of an hour ago, with files that no bundle takes."""
        return write(tmp_path / "bundle", FILES | OTHERS, time.time() - 3600)

    def test_a_bundle_goes_there_and_back(self, backend: Backend, folder: Path, tmp_path: Path) -> None:
        put = backend.client.put_ml_bundle_dir("detector", folder)
        assert sorted(keys_of(put)) == sorted(FILES)
        assert backend.files() == {f"ml/detector/{key}" for key in FILES}
        assert backend.client.put_ml_bundle_dir("detector", folder) == []
        got = backend.client.get_ml_bundle_dir("detector", tmp_path / "copy")
        assert keys_of(got) == sorted(FILES) and read(tmp_path / "copy") == FILES
        assert backend.client.get_ml_bundle_dir("detector", tmp_path / "copy") == []
        assert backend.client.get_ml_bundle_dir("detector", folder) == []
        assert backend.client.put_ml_bundle_dir("detector", tmp_path / "copy") == []

    def test_the_list(self, backend: Backend, folder: Path) -> None:
        put = {row["key"]: row["md5"] for row in backend.client.put_ml_bundle_dir("detector", folder)}
        files = backend.client._get_ml_bundle_file_list("detector")
        assert keys_of(files) == sorted(FILES) and {file["key"]: file["md5"] for file in files} == put
        assert {file["key"]: fetch(file["url"]) for file in files} == FILES
        assert all(set(file) == {"key", "url", "md5", "mtime"} for file in files)
        assert backend.client._get_ml_bundle_file_list("nothing") == []

    @pytest.mark.parametrize("what", WHATS)
    def test_parts_of_a_bundle(self, backend: Backend, folder: Path, tmp_path: Path, what: str) -> None:
        expected = sorted(key for key in FILES if key.startswith(WHATS[what]))
        assert sorted(keys_of(backend.client.put_ml_bundle_dir("detector", folder, what))) == expected
        backend.client.put_ml_bundle_dir("detector", folder)
        assert keys_of(backend.client._get_ml_bundle_file_list("detector", what)) == expected
        backend.client.get_ml_bundle_dir("detector", tmp_path / "copy", what)
        assert sorted(read(tmp_path / "copy")) == expected

    def test_newer_files_replace_older_ones(self, backend: Backend, folder: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        backend.client.put_ml_bundle_dir("detector", folder)
        backend.client.get_ml_bundle_dir("detector", copy)
        other = {"data/one.svg": b"<svg>other</svg>", "output/model_final.pth": LARGE[::-1]}
        write(folder, other, time.time() - 7200)
        assert backend.client.put_ml_bundle_dir("detector", folder) == []
        write(folder, other, time.time() + 60)
        assert sorted(keys_of(backend.client.put_ml_bundle_dir("detector", folder))) == sorted(other)
        write(copy, {"data/one.svg": b"mine"}, time.time() + 3600)
        write(copy, {"output/model_final.pth": LARGE[1:]}, time.time() - 7200)
        assert keys_of(backend.client.get_ml_bundle_dir("detector", copy)) == ["output/model_final.pth"]
        assert read(copy) == {**FILES, **other, "data/one.svg": b"mine"}

    def test_a_download_that_was_interrupted_goes_on(self, backend: Backend, folder: Path, tmp_path: Path) -> None:
        backend.client.put_ml_bundle_dir("detector", folder)
        begin_download(backend, tmp_path / "copy", LARGE[: 9 * MIB])
        backend.client.get_ml_bundle_dir("detector", tmp_path / "copy")
        assert read(tmp_path / "copy") == FILES

    @pytest.mark.parametrize("name", ["..", "a/b", "", "../detector", "a\\b"])
    def test_bad_names(self, backend: Backend, folder: Path, tmp_path: Path, name: str) -> None:
        for call in (backend.client.put_ml_bundle_dir, backend.client.get_ml_bundle_dir):
            with pytest.raises(InvalidInput, match="name of a bundle"):
                call(name, folder)
        assert backend.files() == set()

    @pytest.mark.parametrize("key", ["../a.txt", "/a.txt", "data\\a.txt", "a\0.txt", "data//a.txt", "a.exe"])
    def test_bad_keys(self, backend: Backend, key: str) -> None:
        offer = {"bundle_name": "detector", "key": key, "md5": "0" * 32, "mtime": 1e9}
        with pytest.raises(InvalidInput, match="'key'"):
            backend.client._get_ml_bundle_upload_links([offer])

    def test_bad_arguments(self, backend: Backend, folder: Path, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="not a folder"):
            backend.client.put_ml_bundle_dir("detector", tmp_path / "nowhere")
        for call in (backend.client.put_ml_bundle_dir, backend.client.get_ml_bundle_dir):
            with pytest.raises(InvalidInput, match="all, data, model"):
                call("detector", folder, "everything")


class RemoteBundleCases(BundleCases):
    """Inherited by every server: what a folder has no need of."""

    def test_an_interrupted_download_of_another_content_is_noticed(
        self, backend: Backend, folder: Path, tmp_path: Path
    ) -> None:
        """Which also shows that what was there is not fetched again."""
        backend.client.put_ml_bundle_dir("detector", folder)
        begin_download(backend, tmp_path / "copy", LARGE[1 : 9 * MIB])
        with pytest.raises(Unavailable, match="md5"):
            backend.client.get_ml_bundle_dir("detector", tmp_path / "copy")
        assert "output/model_final.pth" not in read(tmp_path / "copy")
        backend.client.get_ml_bundle_dir("detector", tmp_path / "copy")
        assert read(tmp_path / "copy") == FILES


def begin_download(backend: Backend, folder: Path, data: bytes) -> None:
    """Leaves what a client that was killed leaves."""
    (file,) = [file for file in backend.client._get_ml_bundle_file_list("detector") if file["key"].endswith(".pth")]
    partial = partial_path(folder / file["key"], file["md5"])
    partial.parent.mkdir(parents=True)
    partial.write_bytes(data)
