"""Images: put, get, series, delete."""

import hashlib
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from sticky_pi_api.core import records
from sticky_pi_api.core.errors import Conflict, InvalidInput
from sticky_pi_api.core.layout import image_keys
from sticky_pi_api.image_parser import ImageParser
from tests.contract.backends import Backend, fetch

DAY = timedelta(days=1)


def keys_of(rows: list[dict]) -> list[tuple[str, datetime]]:
    return [(row["device"], row["datetime"]) for row in rows]


def series(device: str, start: datetime | str = "2020-01-01", end: datetime | str = "2030-01-01") -> dict:
    return {"device": device, "start_datetime": start, "end_datetime": end}


class ImageCases:
    """Inherited by every backend."""

    def test_what_was_put_comes_back(self, backend: Backend, shots: list[Path]) -> None:
        rows = backend.client.put_images(shots)
        found = backend.client.get_images(rows, what="image")
        assert keys_of(found) == sorted(keys_of(rows)) and len(found) == len(shots)
        by_name = {path.name: path for path in shots}
        for row in found:
            path = by_name[row["url"].partition("?")[0].rpartition("/")[2]]
            assert fetch(row["url"]) == path.read_bytes()
            parsed = ImageParser(path)
            assert parsed.pop("filename") == path.name
            assert {column: row[column] for column in parsed} == dict(parsed)
            assert {row[column] for column in records.SENSORS if column not in parsed} == {None}
            assert row["md5"] == hashlib.md5(path.read_bytes()).hexdigest()
        assert {row["device_version"] is None for row in found} == {True, False}, "both generations are there"

    @pytest.mark.parametrize(("what", "size"), [("thumbnail", (512, 384)), ("thumbnail_mini", (128, 96))])
    def test_thumbnails_fit(self, backend: Backend, shots: list[Path], what: str, size: tuple[int, int]) -> None:
        backend.client.put_images(shots[:1])
        (row,) = backend.client.get_image_series([series("%")], what=what)
        image = Image.open(io.BytesIO(fetch(row["url"])))
        assert image.format == "JPEG" and image.size == size
        assert row["url"].partition("?")[0].endswith(f".jpg.{what.replace('_', '-')}")

    def test_metadata_has_no_link(self, backend: Backend, shots: list[Path]) -> None:
        backend.client.put_images(shots[:1])
        assert [row["url"] for row in backend.client.get_image_series([series("%")])] == [""]

    def test_images_already_there_are_skipped(self, backend: Backend, shots: list[Path]) -> None:
        backend.client.put_images(shots[:2])
        assert keys_of(backend.client.put_images(shots[:3])) == keys_of([dict(ImageParser(shots[2]))])
        assert backend.client.put_images(shots[:3]) == []

    def test_another_picture_of_that_moment_is_a_conflict(
        self, backend: Backend, shots: list[Path], tmp_path: Path
    ) -> None:
        backend.client.put_images(shots[:1])
        other = tmp_path / "other" / shots[0].name
        other.parent.mkdir()
        Image.new("RGB", (640, 480), "yellow").save(other, "JPEG")
        for put in (backend.client.put_images, backend.client._put_new_images):
            with pytest.raises(Conflict, match=other.name):
                put([other])
        (row,) = backend.client.get_image_series([series("%")], what="image")
        assert fetch(row["url"]) == shots[0].read_bytes()

    def test_a_new_image_that_is_there_is_a_conflict(self, backend: Backend, shots: list[Path]) -> None:
        backend.client._put_new_images(shots[:1])
        files = backend.files()
        with pytest.raises(Conflict, match=shots[0].name):
            backend.client._put_new_images(shots[:1])
        assert backend.files() == files

    def test_a_bad_file_is_refused_and_nothing_stored(
        self, backend: Backend, shots: list[Path], tmp_path: Path
    ) -> None:
        truncated = tmp_path / "truncated" / shots[0].name
        truncated.parent.mkdir()
        truncated.write_bytes(shots[0].read_bytes()[:-1000])
        with pytest.raises(InvalidInput, match="truncated"):
            backend.client._put_new_images([truncated])
        assert backend.client.get_image_series([series("%")]) == [] and backend.files() == set()

    def test_files_are_where_the_contract_says(self, backend: Backend, shots: list[Path]) -> None:
        rows = backend.client.put_images(shots)
        assert backend.files() == {key for row in rows for key in image_keys(row["device"], row["datetime"])}

    def test_a_series_is_half_open(self, backend: Backend, shots: list[Path]) -> None:
        first, second = keys_of(backend.client.put_images(shots[:2]))
        assert keys_of(backend.client.get_image_series([series("%", first[1], second[1])])) == [first]
        assert keys_of(backend.client.get_image_series([series("%", first[1], second[1] + timedelta(seconds=1))])) == [
            first,
            second,
        ]
        assert backend.client.get_image_series([series("%", second[1], first[1])]) == []

    def test_patterns(self, backend: Backend, shots: list[Path]) -> None:
        there = keys_of(backend.client.put_images(shots))
        device = there[0][0]
        others = ("_", "", device[:-1], device + "%_", f"'{device}", device.replace(device[0], "["), "\\%", '"%', "*")
        of_device = sorted(key for key in there if key[0] == device)
        for pattern in (device, device.upper(), device[:3] + "%", "%" + device[-3:].upper(), device[:7] + "_"):
            assert keys_of(backend.client.get_image_series([series(pattern)])) == of_device, pattern
        assert keys_of(backend.client.get_image_series([series("%")])) == sorted(there)
        assert keys_of(backend.client.get_image_series([series("________")])) == sorted(there)
        for pattern in others:
            assert backend.client.get_image_series([series(pattern)]) == [], pattern

    def test_series_that_overlap_give_an_image_once(self, backend: Backend, shots: list[Path]) -> None:
        there = sorted(keys_of(backend.client.put_images(shots)))
        middle = there[1]
        overlapping = [series("%"), series(middle[0]), series("%", middle[1], middle[1] + DAY)]
        assert keys_of(backend.client.get_image_series(overlapping)) == there
        assert keys_of(backend.client.get_images([dict(zip(("device", "datetime"), middle, strict=True))] * 3)) == [
            middle
        ]

    def test_datetimes_in_every_form(self, backend: Backend, shots: list[Path]) -> None:
        ((device, moment),) = keys_of(backend.client.put_images(shots[:1]))
        ahead = moment + timedelta(hours=2)
        for written in (
            moment,
            f"{moment:%Y-%m-%d_%H-%M-%S}",
            f"{moment:%Y-%m-%dT%H:%M:%S}",
            f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            f"{ahead:%Y-%m-%dT%H:%M:%S+02:00}",
            f"{moment:%Y-%m-%d %H:%M:%S}",
        ):
            found = backend.client.get_images([{"device": [device.upper()], "datetime": written, "and": {"more": 1}}])
            assert keys_of(found) == [(device, moment)], written
        day = [series(device, f"{moment:%Y-%m-%d}", f"{moment + DAY:%Y-%m-%d}")]
        assert keys_of(backend.client.get_image_series(day)) == [(device, moment)]

    def test_absent_images_are_not_returned(self, backend: Backend, shots: list[Path]) -> None:
        (row,) = backend.client.put_images(shots[:1])
        absent = {"device": row["device"], "datetime": row["datetime"] + timedelta(seconds=1)}
        assert keys_of(backend.client.get_images([absent, row])) == keys_of([row])
        assert backend.client.get_images([]) == []

    def test_deletion_takes_rows_and_files(self, backend: Backend, shots: list[Path]) -> None:
        rows = backend.client.put_images(shots)
        deleted = backend.client.delete_images(rows[1:])
        assert sorted(keys_of(deleted)) == sorted(keys_of(rows[1:]))
        assert keys_of(backend.client.get_image_series([series("%")])) == keys_of(rows[:1])
        assert backend.files() == set(image_keys(*keys_of(rows)[0]))
        assert backend.client.delete_images(rows[1:]) == []
        backend.client.put_images(shots)
        assert len(backend.client.get_image_series([series("%")])) == len(shots)

    @pytest.mark.parametrize(
        ("info", "words"),
        [
            ([{"device": "5c173ff2"}], "'datetime' is missing"),
            ([{"datetime": "2020-01-01"}], "'device' is missing"),
            ([{"device": "5c173ff2", "datetime": "yesterday"}], "not a datetime"),
            ([{"device": "5c173ff2", "datetime": "2020-13-01_00-00-00"}], "not a datetime"),
            ([{"device": "5c173ff2", "datetime": 20200101}], "not a datetime"),
            ([{"device": "trap one", "datetime": "2020-01-01"}], "not a device"),
            ([{"device": "5c17%", "datetime": "2020-01-01"}], "not a device"),
            (["5c173ff2"], "not a dictionary"),
            ({"device": "5c173ff2"}, "list of dictionaries"),
        ],
    )
    def test_bad_info_is_explained(self, backend: Backend, info: object, words: str) -> None:
        with pytest.raises(InvalidInput, match=words):
            backend.client.get_images(info)

    def test_each_bad_element_is_blamed(self, backend: Backend) -> None:
        good = {"device": "5c173ff2", "datetime": "2020-01-01"}
        with pytest.raises(InvalidInput) as raised:
            backend.client.get_images([good, {}, good, {**good, "datetime": "x"}])
        assert [item["index"] for item in raised.value.items] == [1, 3]

    @pytest.mark.parametrize("pattern", ["é%", "a\nb", "\0", "%" * 300, 5, None])
    def test_bad_patterns_are_explained(self, backend: Backend, pattern: object) -> None:
        with pytest.raises(InvalidInput, match="device"):
            backend.client.get_image_series([series(pattern)])  # type: ignore[arg-type]

    def test_what_must_be_known(self, backend: Backend) -> None:
        with pytest.raises(InvalidInput, match="thumbnail"):
            backend.client.get_image_series([series("%")], what="poster")
