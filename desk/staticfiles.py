"""Static files of the desk: each page's scripts and styles are in its folder, beside its Python and its template."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import Storage

SUFFIXES = {".js", ".css", ".svg", ".json"}


class PageFilesFinder(FileSystemFinder):
    """Finds what browsers may have of `STATICFILES_DIRS`: files with one of `SUFFIXES`."""

    def find_location(self, root: Any, path: str, prefix: str | None = None) -> str | None:
        """The absolute path of a file, None if there is none for browsers."""
        return super().find_location(root, path, prefix) if PurePath(path).suffix in SUFFIXES else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Storage]]:
        """The paths that `collectstatic` copies, each with its storage."""
        for path, storage in super().list(ignore_patterns):
            if PurePath(path).suffix in SUFFIXES:
                yield path, storage
