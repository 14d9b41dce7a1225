"""`manifest.json`: what an export is of, and its files."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidInput
from ..core.formats import shown
from ..types import PathType

MANIFEST = "manifest.json"
_FORMAT = 1


class Manifest(Mapping[str, Any]):
    """An export that is there: a mapping of the names of its tables to DataFrames, read when they are asked for."""

    def __init__(self, folder: Path, content: Mapping[str, Any]) -> None:
        self.folder, self.content = folder, content

    @property
    def kind(self) -> str:
        """The kind of export."""
        return str(self.content["kind"])

    @property
    def created(self) -> str:
        """When it was made, ISO 8601, UTC."""
        return str(self.content["created"])

    @property
    def query(self) -> dict[str, Any]:
        """The options of `export`."""
        return dict(self.content["query"])

    @property
    def files(self) -> list[dict[str, Any]]:
        """`path`, `bytes`, `md5` and (of tables) `rows` of each file, by path."""
        return list(self.content["files"])

    def check(self) -> None:
        """Compares all files with their md5s.

        Raises:
            InvalidInput: files are missing or have changed; it names them.
        """
        from .folder import file_md5

        items = []
        for file in self.files:
            path = self.folder / file["path"]
            if not path.is_file():
                items.append({"file": file["path"], "detail": "it is missing"})
            elif file_md5(path) != file["md5"]:
                items.append({"file": file["path"], "detail": "it has changed"})
        if items:
            names = ", ".join(item["file"] for item in items[:5])
            raise InvalidInput(f"{len(items)} files are not those of the manifest: {names}", items=items)

    def __getitem__(self, name: str) -> Any:
        for file in self._tables():
            if Path(file["path"]).stem == name:
                return _read(self.folder / file["path"])
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (Path(file["path"]).stem for file in self._tables())

    def __len__(self) -> int:
        return len(self._tables())

    def _tables(self) -> list[dict[str, Any]]:
        return [file for file in self.files if file["path"].endswith((".csv", ".parquet"))]


def open_manifest(path: PathType) -> Manifest:
    """An export, by its folder or its `manifest.json`.

    Raises:
        InvalidInput: it cannot be read, or is no manifest of an export.
    """
    file = Path(path)
    file = file / MANIFEST if file.is_dir() else file
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise InvalidInput(f"{shown(str(file))} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidInput(f"{shown(str(file))} is not JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise InvalidInput(f"{shown(str(file))} is no manifest of an export (format {_FORMAT})")
    missing = [name for name in ("kind", "created", "query", "files") if name not in content]
    if missing:
        raise InvalidInput(f"{shown(str(file))} has no {', '.join(missing)}")
    root = file.absolute().parent.resolve()
    for each in content["files"]:
        if not (root / each["path"]).resolve().is_relative_to(root):
            raise InvalidInput(f"{shown(each['path'])} leads out of the folder of the manifest")
    return Manifest(root, content)


def write_manifest(folder: Path, content: Mapping[str, Any]) -> Manifest:
    """Writes a manifest, whole or not at all."""
    content = {"format": _FORMAT, **content}
    partial = folder / f".{MANIFEST}"
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    partial.replace(folder / MANIFEST)
    return Manifest(folder, json.loads((folder / MANIFEST).read_bytes()))


def _read(path: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
