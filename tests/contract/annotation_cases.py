"""UID annotations: put, get, series."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.core import records
from sticky_pi_api.core.errors import Conflict, InvalidInput
from tests.client.samples import DEVICE, EVERYTHING, LATER_VERSION, START, VERSION, annotation, contour, write_image
from tests.contract.backends import Backend

OTHER = "0a5bb6f4"  # comes before DEVICE
Rows = list[dict[str, Any]]


def identities(rows: Rows) -> list[tuple[int, str]]:
    return [(row["parent_image_id"], row["algo_version"]) for row in rows]


class AnnotationCases:
    """Inherited by every backend."""

    @pytest.fixture
    def images(self, backend: Backend, tmp_path: Path) -> Rows:
        """One image of a trap, two of another, in the order of answers."""
        paths = [write_image(tmp_path, device=OTHER), write_image(tmp_path, 0), write_image(tmp_path, 1)]
        return backend.client.put_images(paths)

    def test_annotations_come_back_unchanged(self, backend: Backend, images: Rows) -> None:
        submitted = annotation(images[1], 2)
        submitted["metadata"] |= {"datetime": "2022-05-17T18:46:57Z", "note": 'é "\\u0000" \n\t', "z": None}
        submitted["annotations"][1] = {
            "confidence": 0.1,
            "scale": 1.0,
            "contour": contour(50),
            "nested": [{"a": [1e-9, -7, True]}],
        }
        submitted["extra"] = {"b": 1, "a": [], "0": {}}
        (put,) = backend.client.put_uid_annotations([submitted])  # type: ignore[list-item]
        assert put.keys() == set(records.UID_ANNOTATIONS)
        assert (put["json"], put["n_objects"], put["parent_image_id"]) == ("", 2, images[1]["id"])
        assert (
            backend.client.get_uid_annotations(images) == [put] == backend.client.get_uid_annotations_series(EVERYTHING)
        )
        for what in ("data", "json"):
            for rows in (
                backend.client.get_uid_annotations(images, what),
                backend.client.get_uid_annotations_series(EVERYTHING, what),
            ):
                assert [{**row, "json": ""} for row in rows] == [put]
                assert json.dumps(json.loads(rows[0]["json"])) == json.dumps(submitted), "also the order of the keys"

    def test_order_of_annotations(self, backend: Backend, images: Rows) -> None:
        order = [(2, LATER_VERSION), (0, VERSION), (2, VERSION), (1, LATER_VERSION)]
        put = backend.client.put_uid_annotations([annotation(images[n], version=version) for n, version in order])  # type: ignore[misc]
        ids = [image["id"] for image in images]
        assert identities(put) == [(ids[n], version) for n, version in (order[1], order[3], order[0], order[2])]
        assert backend.client.get_uid_annotations(images[::-1]) == put
        assert backend.client.get_uid_annotations_series(EVERYTHING) == put
        assert put[2]["id"] < put[3]["id"], "of an image in the order in which they came"

    def test_annotations_of_a_series(self, backend: Backend, images: Rows) -> None:
        put = backend.client.put_uid_annotations([annotation(image) for image in images])  # type: ignore[misc]
        start, end = START, START + timedelta(minutes=20)
        for asked, found in [
            ([(DEVICE, start, end)], put[1:2]),
            ([(DEVICE.upper(), start, end + timedelta(seconds=1))], put[1:]),
            ([("%", start, end)], put[:2]),
            ([("%", start, end), ("5c%", "2020-01-01", "2030-01-01")], put),
            ([("%", end, start)], []),
            ([("\\%", start, end)], []),
        ]:
            info = [{"device": d, "start_datetime": s, "end_datetime": e} for d, s, e in asked]
            assert backend.client.get_uid_annotations_series(info) == found, asked

    def test_versions_of_any_form(self, backend: Backend, images: Rows) -> None:
        versions = ["1.2.3", "1111-abce", "V1?%#&\\'\"", "~" * 46, "v1", VERSION]
        put = backend.client.put_uid_annotations([annotation(images[0], version=each) for each in versions])  # type: ignore[misc]
        assert identities(put) == [(images[0]["id"], each) for each in versions]

    def test_300_annotations_in_one_call(self, backend: Backend, images: Rows) -> None:
        versions = [f"{1_600_000_000 + number}-{'0' * 32}" for number in range(100)]
        submitted = [annotation(image, 1, version) for version in versions for image in images]
        put = backend.client.put_uid_annotations(submitted)  # type: ignore[arg-type]
        assert identities(put) == [(image["id"], version) for image in images for version in versions]
        found = backend.client.get_uid_annotations_series(EVERYTHING, "data")
        assert [json.loads(row["json"])["metadata"]["algo_version"] for row in found] == versions * 3

    def test_absent_images_have_no_annotations(self, backend: Backend, images: Rows) -> None:
        backend.client.put_uid_annotations([annotation(images[0])])  # type: ignore[list-item]
        absent = {"device": OTHER, "datetime": START + timedelta(seconds=1)}
        assert identities(backend.client.get_uid_annotations([absent, images[0], images[0]])) == [
            (images[0]["id"], VERSION)
        ]
        assert backend.client.get_uid_annotations([]) == backend.client.put_uid_annotations([]) == []

    @pytest.mark.parametrize(
        ("metadata", "error", "words"),
        [
            ({"md5": "0" * 32}, InvalidInput, "another one was analysed"),
            ({"md5": "0"}, InvalidInput, "not an md5"),
            ({"datetime": "2021-01-01"}, InvalidInput, "is not there"),
            ({"device": "5c173fff"}, InvalidInput, "is not there"),
            ({"device": None}, InvalidInput, "'device' is missing"),
            ({"algo_name": ""}, InvalidInput, "'algo_name'"),
            ({"algo_name": "x" * 65}, InvalidInput, "1 to 64"),
            ({"algo_version": "1 0"}, InvalidInput, "1 to 46 printable"),
            ({"algo_version": "a/b"}, InvalidInput, "1 to 46 printable"),
            ({"algo_version": "1" * 47}, InvalidInput, "1 to 46 printable"),
            ({"algo_version": VERSION}, Conflict, "already has an annotation"),
        ],
    )
    def test_annotations_all_or_nothing(
        self, backend: Backend, images: Rows, metadata: dict, error: type[Exception], words: str
    ) -> None:
        backend.client.put_uid_annotations([annotation(images[2])])  # type: ignore[list-item]
        good, bad = annotation(images[1]), annotation(images[2], version=LATER_VERSION)
        bad["metadata"] |= metadata
        with pytest.raises(error, match=words) as raised:
            backend.client.put_uid_annotations([good, bad])  # type: ignore[list-item]
        assert [item["index"] for item in raised.value.items] == [1]
        assert len(backend.client.get_uid_annotations_series(EVERYTHING)) == 1

    def test_the_same_annotation_twice_in_a_call(self, backend: Backend, images: Rows) -> None:
        with pytest.raises(InvalidInput, match=r"is also info\[0\]") as raised:
            backend.client.put_uid_annotations([annotation(images[n]) for n in (0, 1, 0)])  # type: ignore[misc]
        assert [item["index"] for item in raised.value.items] == [2]
        assert backend.client.get_uid_annotations_series(EVERYTHING) == []

    @pytest.mark.parametrize(
        "found",
        [
            *({"contour": bad} for bad in (None, [], [[1, 2]], [[[1, 2, 3]]], [[[1.5, 2]]], [[[1, 2], [3, 4]]], "abc")),
            {"contour": [[[1, True]]]},
            {"contour": contour(), "value": "high"},
            {"contour": contour(), "name": "x" * 65},
            {},
            [],
            "insect",
        ],
    )
    def test_bad_objects_are_refused(self, backend: Backend, images: Rows, found: Any) -> None:
        bad = annotation(images[0], 3)
        bad["annotations"][2] = found
        with pytest.raises(InvalidInput, match=r"annotations\[2\]") as raised:
            backend.client.put_uid_annotations([annotation(images[1]), bad])  # type: ignore[list-item]
        assert [item["index"] for item in raised.value.items] == [1]
        assert backend.client.get_uid_annotations_series(EVERYTHING) == []

    @pytest.mark.parametrize(
        "element", [[], "x", {}, {"annotations": []}, {"metadata": [], "annotations": []}, {"metadata": {}}]
    )
    def test_bad_annotations_are_refused(self, backend: Backend, element: Any) -> None:
        with pytest.raises(InvalidInput, match=r"info\[0\]"):
            backend.client.put_uid_annotations([element])

    def test_annotations_go_with_the_image(self, backend: Backend, images: Rows, tmp_path: Path) -> None:
        kept, *_ = backend.client.put_uid_annotations([annotation(image) for image in images])  # type: ignore[misc]
        backend.client.delete_images(images[1:])
        assert backend.client.get_uid_annotations_series(EVERYTHING) == [kept]
        (again,) = backend.client.put_images([write_image(tmp_path, 0)])
        assert backend.client.get_uid_annotations([again]) == []
        assert len(backend.client.put_uid_annotations([annotation(again)])) == 1  # type: ignore[list-item]

    def test_what_of_annotations_must_be_known(self, backend: Backend) -> None:
        with pytest.raises(InvalidInput, match="metadata, data"):
            backend.client.get_uid_annotations([], "image")
