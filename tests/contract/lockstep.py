"""The same calls to several backends: their answers made comparable, and what each holds."""

from collections.abc import Callable, Iterator
from typing import Any

from sticky_pi_api.core.errors import APIError
from sticky_pi_api.core.layout import TUBOID_FILES, image_keys, tuboid_keys
from tests.client.samples import EVERYTHING
from tests.contract.backends import Backend, RemoteBackend, fetch

BUNDLES = ("detector", "matcher")
_OWN_TO_A_BACKEND = {"id", "datetime_created", "api_version", "mtime", "parent_series_id"}
_OWN_TO_A_BACKEND |= {"parent_project_id", "parent_user_id"}
_WRITERS = ("api_user", "api_user_id")
_URLS = {"url", *TUBOID_FILES}
Call = Callable[[Backend], Any]


class Recorder:
    """A backend, and what its ids stand for, so that answers of several can be compared."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._images: dict[int, Any] = {None: None}  # type: ignore[dict-item]
        self._tuboids: dict[int, Any] = {None: None}  # type: ignore[dict-item]

    def answer(self, call: Call) -> Any:
        """What a call answers, or its error: that which has to be the same in all backends."""
        try:
            answer = call(self.backend)
        except APIError as error:
            items = [(item["index"], item.get("code")) for item in error.items]
            return type(error), error.code, items, self._comparable(error.rows)
        return self._comparable(answer) if isinstance(answer, list) else answer

    def numbered(self, info: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same with the ids of this backend: of projects, and of rows of series, by their place among all."""
        projects = [row["id"] for row in self.backend.client.get_projects()]
        found = self.backend.client.get_project_series([{"project_id": each} for each in projects])
        rows = [row["id"] for row in found]
        ids = {"project_id": projects, "id": rows if any("project_id" in element for element in info) else projects}
        return [
            {name: _at(ids[name], value) if name in ids else value for name, value in element.items()}
            for element in info
        ]

    def contents(self) -> dict[str, bytes]:
        """All files by storage key, read by the links of the rows; they must be all that are there."""
        found = dict(self._linked())
        expected = {key for image in self._rows("get_image_series") for key in image_keys(*_image(image))}
        expected |= {key for row in self._rows("get_tiled_tuboid_series") for key in tuboid_keys(row["tuboid_id"])}
        expected |= {key for key in found if key.startswith("ml/")}
        assert self.backend.files() == expected
        if isinstance(self.backend, RemoteBackend):
            assert self.backend.server.select("SELECT * FROM pending_files") == []
        return found

    def series(self) -> set[tuple[Any, ...]]:
        """The tuboid series that have tuboids, each of which must have one id."""
        columns = ("device_series", "start_datetime_series", "end_datetime_series", "algo_name_series")
        rows = self._rows("get_tiled_tuboid_series")
        named = {(row["parent_series_id"], *(row[column] for column in columns)) for row in rows}
        assert len({name[0] for name in named}) == len({name[1:] for name in named}) == len(named)
        return {name[1:] for name in named}

    def _linked(self) -> Iterator[tuple[str, bytes]]:
        for row in self._rows("get_image_series", "image"):
            yield image_keys(*_image(row))[0], fetch(row["url"])
        for row in self._rows("get_tiled_tuboid_series", "data"):
            for name, key in zip(TUBOID_FILES, tuboid_keys(row["tuboid_id"]), strict=True):
                yield key, fetch(row[name])
        for bundle in BUNDLES:
            for file in self.backend.client._get_ml_bundle_file_list(bundle):
                yield f"ml/{bundle}/{file['key']}", fetch(file["url"])

    def _rows(self, operation: str, *what: str) -> list[dict[str, Any]]:
        return getattr(self.backend.client, operation)(EVERYTHING, *what)

    def _comparable(self, rows: list[dict[str, Any]]) -> list[Any]:
        ids = [tuple(row.get(column) for column in ("id", "id_annot", "id_itc", "key")) for row in rows]
        assert len(set(ids)) == len(ids) or "column_name" in rows[0], "no row twice"
        return [self._row(row) for row in rows]

    def _row(self, row: dict[str, Any]) -> Any:
        if "bundle_name" in row:
            return row["bundle_name"], row["key"], row["md5"]  # where to upload it differs by nature
        if "width" in row:
            self._images[row["id"]] = _image(row)
        if "n_shots" in row:
            self._tuboids[row["id"]] = row["tuboid_id"]
        values = ((column, column.removesuffix("_annot").removesuffix("_itc")) for column in row)
        return {column: self._value(name, row[column]) for column, name in values if name not in _WRITERS}

    def _value(self, column: str, value: Any) -> Any:
        if column in _OWN_TO_A_BACKEND:
            return value is None
        if column == "parent_image_id":
            if value not in self._images:
                self._images |= {row["id"]: _image(row) for row in self._rows("get_image_series")}
            return self._images[value]
        if column == "parent_tuboid_id":
            if value not in self._tuboids:  # stored by a call whose answer was an error about another
                self._tuboids |= {row["id"]: row["tuboid_id"] for row in self._rows("get_tiled_tuboid_series")}
            return self._tuboids[value]
        if column in _URLS:
            return value.partition("?")[0].rpartition("/")[2]
        return value


def _at(ids: list[int], place: int) -> int:
    return ids[place] if place < len(ids) else 10**6


def _image(row: dict[str, Any]) -> tuple[str, Any]:
    return row["device"], row["datetime"]
