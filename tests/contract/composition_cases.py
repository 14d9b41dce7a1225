"""Joins, and what scientists' code passes and expects: numpy, pandas."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sticky_pi_api.core import records
from sticky_pi_api.core.errors import InvalidInput
from tests.client.samples import (
    EVERYTHING,
    LATER_VERSION,
    START,
    VERSION,
    annotation,
    label,
    series_info,
    write_image,
    write_tuboid,
)
from tests.contract.backends import Backend


def columns_of(rows: list[dict[str, Any]]) -> set[str]:
    """The keys of the rows, which must all have the same."""
    (columns,) = {frozenset(row) for row in rows}
    return set(columns)


class CompositionCases:
    """Inherited by every backend."""

    def test_images_with_annotations(self, backend: Backend, tmp_path: Path) -> None:
        assert backend.client.get_images_with_uid_annotations_series(EVERYTHING) == [{}]
        images = backend.client.put_images([write_image(tmp_path, number) for number in range(3)])
        joined = backend.client.get_images_with_uid_annotations_series(EVERYTHING)
        assert [(row["id"], row["id_annot"]) for row in joined] == [(image["id"], None) for image in images]
        made = [annotation(images[n], n, version) for n, version in ((2, VERSION), (0, LATER_VERSION), (0, VERSION))]
        backend.client.put_uid_annotations(made)  # type: ignore[arg-type]
        joined = backend.client.get_images_with_uid_annotations_series(EVERYTHING, "thumbnail", "data")
        assert [(row["id"], row["algo_version"], row["n_objects"]) for row in joined] == [
            (images[0]["id"], LATER_VERSION, 0),
            (images[0]["id"], VERSION, 0),
            (images[1]["id"], None, None),
            (images[2]["id"], VERSION, 2),
        ]
        clashing = {"id", "datetime_created", "api_version", "api_user", "api_user_id"}
        expected = {column + "_annot" * (column in clashing) for column in records.UID_ANNOTATIONS}
        assert columns_of(joined) == {*records.IMAGES, "url", *expected}
        assert json.loads(joined[3]["json"])["metadata"]["md5"] == joined[3]["md5"]
        assert [row["parent_image_id"] for row in joined] == [row["id_annot"] and row["id"] for row in joined]
        assert all(row["url"].partition("?")[0].endswith(".jpg.thumbnail") for row in joined)
        assert isinstance(joined[0]["datetime_created_annot"], datetime)

    def test_tuboids_with_labels(self, backend: Backend, tmp_path: Path) -> None:
        assert backend.client.get_tiled_tuboid_series_itc_labels(EVERYTHING) == []
        rows = backend.client.put_tiled_tuboids([write_tuboid(tmp_path, number) for number in range(3)], series_info())
        ids = [row["tuboid_id"] for row in rows]
        backend.client.put_itc_labels([label(ids[2]), label(ids[0], LATER_VERSION, label=5), label(ids[0])])
        joined = backend.client.get_tiled_tuboid_series_itc_labels(EVERYTHING)
        assert [(row["tuboid_id"], row["label_itc"]) for row in joined] == [
            (ids[0], 5),
            (ids[0], 3),
            (ids[1], None),
            (ids[2], 3),
        ]
        labels = {f"{column}_itc" for column in records.ITC_LABELS}
        assert columns_of(joined) == {*records.TILED_TUBOIDS, *records.OF_SERIES, *labels}
        assert [row["parent_tuboid_id_itc"] for row in joined] == [row["id_itc"] and row["id"] for row in joined]
        linked = backend.client.get_tiled_tuboid_series_itc_labels(EVERYTHING, what="data")
        assert columns_of(linked) == {*columns_of(joined), "tuboid", "context", "metadata"}

    def test_files_that_fail_are_skipped_where_that_is_asked_for(
        self, backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(backend.client, "skip_on_error", True)
        first, other = write_image(tmp_path), write_image(tmp_path / "other", colour="red")
        cut, good = write_image(tmp_path, 1), write_image(tmp_path, 2)
        cut.write_bytes(cut.read_bytes()[:-50])
        backend.client.put_images([first])
        rows = backend.client.put_images([other, tmp_path / "absent.jpg", cut, "x.txt", good])
        assert [row["datetime"] for row in rows] == [START + timedelta(minutes=40)]
        assert [record.args[0] for record in caplog.records] == [other, tmp_path / "absent.jpg", cut, Path("x.txt")]

        folders = [write_tuboid(tmp_path, number) for number in range(3)]
        backend.client.put_tiled_tuboids(folders[:1], series_info())
        (folders[1] / "metadata.txt").unlink()
        caplog.clear()
        (row,) = backend.client.put_tiled_tuboids(folders, series_info())
        assert row["tuboid_id"] == folders[2].name
        assert [record.args[0] for record in caplog.records] == [folders[1], folders[0]]
        with pytest.raises(InvalidInput, match="series_info"):
            backend.client.put_tiled_tuboids(folders, {})

    def test_numpy_and_pandas_go_in(self, backend: Backend, tmp_path: Path) -> None:
        images = backend.client.put_images([write_image(tmp_path, number) for number in range(2)])
        moment = pd.Timestamp(START)
        for asked in (moment, moment.tz_localize("UTC"), moment.tz_localize("UTC").tz_convert("America/Vancouver")):
            assert backend.client.get_images([{"device": np.str_(images[0]["device"]), "datetime": asked}]) == [
                {**images[0], "url": ""}
            ], asked
        table = pd.DataFrame(images)  # its missing readings are NaN, its datetimes timestamps
        assert [row["id"] for row in backend.client.get_images(table.to_dict("records"))] == list(table["id"])

        found = annotation(table.to_dict("records")[0])
        plain = found["annotations"][0]["contour"]
        found["annotations"] = [{"contour": np.array(plain, dtype=np.int32), "value": np.float32(0.5)}] * 2
        backend.client.put_uid_annotations([found])  # type: ignore[list-item]
        (row,) = backend.client.get_uid_annotations(table.to_dict("records"), "data")
        assert json.loads(row["json"])["annotations"] == [{"contour": plain, "value": 0.5}] * 2

        info = series_info(start_datetime=moment, n_images=np.int64(4), n_tuboids=np.int32(3))
        (tuboid,) = backend.client.put_tiled_tuboids([write_tuboid(tmp_path)], info)
        labels = pd.DataFrame([label(tuboid["tuboid_id"], label=np.int16(7), genus=np.nan, species=None)])
        (made,) = backend.client.put_itc_labels(labels.to_dict("records"))
        assert (made["label"], made["genus"], made["species"]) == (7, None, None)

    def test_answers_go_straight_into_a_table(self, backend: Backend, tmp_path: Path) -> None:
        images = backend.client.put_images([write_image(tmp_path, number) for number in range(2)])
        backend.client.put_uid_annotations([annotation(images[1])])  # type: ignore[list-item]
        joined = pd.DataFrame(backend.client.get_images_with_uid_annotations_series(EVERYTHING))
        assert joined.shape == (2, len(records.IMAGES) + 1 + len(records.UID_ANNOTATIONS))
        for column in ("datetime", "datetime_created", "datetime_created_annot"):
            assert pd.api.types.is_datetime64_dtype(joined[column]), column
        for column in ("id", "width", "height", "n_objects"):
            assert pd.api.types.is_numeric_dtype(joined[column]), column
        assert joined.set_index("datetime")["n_objects"].isna().tolist() == [True, False]

        backend.client.put_tiled_tuboids([write_tuboid(tmp_path, number) for number in range(2)], series_info())
        tuboids = pd.DataFrame(backend.client.get_tiled_tuboid_series_itc_labels(EVERYTHING))
        assert (tuboids["end_datetime"] - tuboids["start_datetime"]).dt.total_seconds().tolist() == [2400, 2400]
        assert (tuboids["start_datetime_series"] <= tuboids["start_datetime"]).all()
