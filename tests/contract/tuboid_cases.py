"""Tiled tuboids and their labels: put, series, delete."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.core import records
from sticky_pi_api.core.errors import Conflict, InvalidInput
from sticky_pi_api.core.layout import TUBOID_FILES, tuboid_keys
from tests.client.samples import (
    DEVICE,
    EVERYTHING,
    LATER_VERSION,
    START,
    VERSION,
    jpeg,
    label,
    series_info,
    write_tuboid,
)
from tests.contract.backends import Backend, fetch

END = START + timedelta(hours=1)
SECOND = timedelta(seconds=1)
Rows = list[dict[str, Any]]


def ids_of(rows: Rows) -> list[str]:
    return [row["tuboid_id"] for row in rows]


def asked(device: str, start: datetime = START, end: datetime = END) -> list[dict[str, Any]]:
    return [{"device": device, "start_datetime": start, "end_datetime": end}]


def info_of(directory: Path) -> dict[str, Any]:
    """The series of a real tuboid, as its folder's name has it."""
    device, start, end, *version = directory.name.split(".")[:-1]
    return {
        "device": device,
        "start_datetime": start,
        "end_datetime": end,
        "algo_name": "sticky-pi-siamese-insect-matcher",
        "algo_version": version[0] if version else VERSION,
        "n_images": 60,
        "n_tuboids": 35,
    }


class TuboidCases:
    """Inherited by every backend."""

    @pytest.fixture
    def folders(self, tmp_path: Path) -> list[Path]:
        """Four tuboids of a series, in order; `series_info` has room for three."""
        return [write_tuboid(tmp_path, number) for number in range(4)]

    def test_real_tuboids(self, backend: Backend, samples: Path) -> None:
        *of_one, older = sorted((samples / "tuboids").iterdir())
        rows = backend.client.put_tiled_tuboids(of_one[::-1], info_of(of_one[0]))
        rows += backend.client.put_tiled_tuboids([older], info_of(older))
        names = [folder.name for folder in (*of_one, older)]
        assert ids_of(rows) == names and [row["id_in_series"] for row in rows] == [28, 31, 34, 5]
        assert len({row["parent_series_id"] for row in rows[:3]}) == 1
        assert backend.files() == {key for name in names for key in tuboid_keys(name)}

        found = backend.client.get_tiled_tuboid_series(EVERYTHING, "data")
        assert ids_of(found) == names
        for row, folder in zip(found, (*of_one, older), strict=True):
            for name, file in TUBOID_FILES.items():
                assert row[name].partition("?")[0].endswith(f"/{folder.name}/{file}")
                assert fetch(row[name]) == (folder / file).read_bytes()
            shots = [line.split(",")[0] for line in (folder / "metadata.txt").read_text().split()]
            first, last = (f"{row['device_series']}.{row[f'{end}_datetime']:%Y-%m-%d_%H-%M-%S}" for end in _ENDS)
            assert (first, last, row["n_shots"]) == (shots[0], shots[-1], len(shots))
            expected = {f"{name}_series": value for name, value in info_of(folder).items()}
            assert {name: _written(row[name]) for name in records.OF_SERIES} == expected

        backend.client.put_itc_labels([label(name) for name in names])
        assert len(backend.client._get_itc_labels(found)) == 4
        deleted = backend.client.delete_tiled_tuboids([{**EVERYTHING[0], "device": "0803%"}])
        assert [row["device"] for row in deleted] == ["08038ade"]
        assert ids_of(backend.client.get_tiled_tuboid_series(EVERYTHING)) == [older.name]
        assert backend.files() == set(tuboid_keys(older.name))
        assert len(backend.client._get_itc_labels(found)) == 1

    def test_rows_of_tuboids(self, backend: Backend, folders: list[Path]) -> None:
        rows = backend.client.put_tiled_tuboids([f"{folder}/" for folder in folders[2::-1]], series_info())
        assert ids_of(rows) == [folder.name for folder in folders[:3]]
        assert rows[0].keys() == set(records.TILED_TUBOIDS)
        last = START + timedelta(minutes=40)
        assert (rows[0]["n_shots"], rows[0]["start_datetime"], rows[0]["end_datetime"]) == (3, START, last)
        found = backend.client.get_tiled_tuboid_series(EVERYTHING)
        assert found[0].keys() == {*records.TILED_TUBOIDS, *records.OF_SERIES}
        assert [{column: row[column] for column in records.TILED_TUBOIDS} for row in found] == rows
        linked = backend.client.get_tiled_tuboid_series(EVERYTHING, "data")
        assert linked[0].keys() == found[0].keys() | TUBOID_FILES.keys()

    def test_both_ends_of_a_tuboid_series_are_included(self, backend: Backend, folders: list[Path]) -> None:
        rows = backend.client.put_tiled_tuboids(folders[:2], series_info())
        wide = asked(DEVICE[:2] + "%", START - SECOND, END + SECOND)
        for info in (asked(DEVICE), asked(DEVICE.upper()), wide, asked("%") + wide, asked(DEVICE[:7] + "_")):
            assert ids_of(backend.client.get_tiled_tuboid_series(info)) == ids_of(rows), info
        for info in (
            asked(DEVICE, START + SECOND),
            asked(DEVICE, START, END - SECOND),
            asked("_"),
            asked("\\%"),
            asked(f"{DEVICE}_%"),
            [],
        ):
            assert backend.client.get_tiled_tuboid_series(info) == [], info
            assert backend.client.delete_tiled_tuboids(info) == [], info
        assert len(backend.files()) == 6

    def test_a_tuboid_that_is_there(self, backend: Backend, folders: list[Path]) -> None:
        backend.client.put_tiled_tuboids(folders[:1], series_info())
        (folders[0] / "tuboid.jpg").write_bytes(jpeg("red", size=(896, 224)))
        with pytest.raises(Conflict, match="already there") as raised:
            backend.client.put_tiled_tuboids(folders[:2], series_info())
        assert [item["index"] for item in raised.value.items] == [0]
        assert ids_of(raised.value.rows) == [folders[1].name], "all others are stored"
        found = backend.client.get_tiled_tuboid_series(EVERYTHING, "data")
        assert ids_of(found) == [folder.name for folder in folders[:2]]
        assert fetch(found[0]["tuboid"]) == (folders[1] / "tuboid.jpg").read_bytes(), "and nothing is overwritten"

    def test_no_more_than_the_series_has(self, backend: Backend, folders: list[Path]) -> None:
        with pytest.raises(InvalidInput, match="more than the series has"):
            backend.client.put_tiled_tuboids(folders, series_info())
        assert backend.files() == set()
        backend.client.put_tiled_tuboids(folders[:2], series_info())
        with pytest.raises(Conflict, match="already has its 3 tuboids") as raised:
            backend.client.put_tiled_tuboids(folders[2:], series_info(n_tuboids=9))
        assert [item["code"] for item in raised.value.items] == ["series_full"]
        found = backend.client.get_tiled_tuboid_series(EVERYTHING)
        assert len(found) == 3 and {row["n_tuboids_series"] for row in found} == {3}
        assert len(backend.files()) == 9

    def test_series_of_two_algorithms(self, backend: Backend, folders: list[Path]) -> None:
        first = backend.client.put_tiled_tuboids(folders[:1], series_info())
        second = backend.client.put_tiled_tuboids(folders[1:2], series_info(algo_name="human:ann"))
        assert first[0]["parent_series_id"] != second[0]["parent_series_id"]
        found = backend.client.get_tiled_tuboid_series(EVERYTHING)
        assert [row["algo_name_series"] for row in found] == ["matcher", "human:ann"]

    @pytest.mark.parametrize("version", ["", ".1111-abce", ".1.2.3", ".0007", f".{'x%' * 23}"])
    def test_ids_as_they_come(self, backend: Backend, tmp_path: Path, version: str) -> None:
        """Any version, or none; and its dates need not be those of the series."""
        name = f"{DEVICE}.2020-01-01_00-00-00.2020-01-02_00-00-00{version}.0001"
        folder = write_tuboid(tmp_path).rename(tmp_path / name)
        (row,) = backend.client.put_tiled_tuboids([folder], series_info(algo_version="1.2.3"))
        assert (row["tuboid_id"], row["id_in_series"]) == (name, 1)
        (found,) = backend.client.get_tiled_tuboid_series(asked(DEVICE), "data")
        assert (found["algo_version_series"], found["start_datetime_series"]) == ("1.2.3", START)
        assert fetch(found["tuboid"]) == (folder / "tuboid.jpg").read_bytes()
        (made,) = backend.client.put_itc_labels([label(name, "1111-abce")])
        assert backend.client._get_itc_labels([found]) == [made] and made["algo_version"] == "1111-abce"
        backend.client.delete_tiled_tuboids(EVERYTHING)
        assert backend.files() == set()

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("metadata.txt", b"", "no shot"),
            ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1,2\n".encode(), "line 1"),
            ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-57,1,2,nan\n".encode(), "line 1"),
            ("metadata.txt", b"\xff\x00", "line 1"),
            ("metadata.txt", b"5c173fff.2022-05-17_18-46-57,1,2,1\n", "another device"),
            ("metadata.txt", f"{DEVICE}.2022-05-17_18-46-56,1,2,1\n".encode(), "not within the series"),
            ("metadata.txt", f"{DEVICE}.2022-05-17_19-46-58,1,2,1\n".encode(), "not within the series"),
            ("tuboid.jpg", b"GIF89a", "not a JPEG"),
            ("context.jpg", jpeg()[:-40], "truncated"),
        ],
    )
    def test_bad_tuboids_leave_nothing(
        self, backend: Backend, folders: list[Path], name: str, content: bytes, words: str
    ) -> None:
        (folders[1] / name).write_bytes(content)
        with pytest.raises(InvalidInput, match=words) as raised:
            backend.client.put_tiled_tuboids(folders[:2], series_info())
        assert [item["index"] for item in raised.value.items] == [1]
        files = {what: folders[1] / file for what, file in TUBOID_FILES.items()}
        with pytest.raises(InvalidInput, match=words):
            backend.client._put_tiled_tuboids(
                [{"tuboid_id": folders[1].name, "series_info": series_info(), **files}]  # type: ignore[typeddict-item]
            )
        assert backend.files() == set() and backend.client.get_tiled_tuboid_series(EVERYTHING) == []

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"device": "5c173fff"}, "not of the series"),
            ({"end_datetime": START - SECOND}, "'end_datetime' is before"),
            ({"n_tuboids": None}, "'n_tuboids' is missing"),
            ({"n_images": -1}, "'n_images'"),
            ({"algo_name": "a\nb"}, "'algo_name'"),
            ({"algo_version": "1 0"}, "'algo_version'"),
        ],
    )
    def test_bad_series_of_tuboids(self, backend: Backend, folders: list[Path], changes: dict, words: str) -> None:
        with pytest.raises(InvalidInput, match=words):
            backend.client.put_tiled_tuboids(folders[:1], series_info(**changes))
        assert backend.files() == set() and backend.client.delete_tiled_tuboids(EVERYTHING) == []

    def test_deletion_takes_tuboid_series(self, backend: Backend, folders: list[Path]) -> None:
        rows = backend.client.put_tiled_tuboids(folders[:2], series_info())
        (deleted,) = backend.client.delete_tiled_tuboids(asked(DEVICE) + asked("%"))
        assert deleted.keys() == set(records.TUBOID_SERIES) and deleted["id"] == rows[0]["parent_series_id"]
        assert {name: deleted[name] for name in series_info()} == series_info()
        assert backend.files() == set() and backend.client.delete_tiled_tuboids(EVERYTHING) == []
        assert ids_of(backend.client.put_tiled_tuboids(folders[:2], series_info(n_tuboids=2))) == ids_of(rows)
        assert backend.client.get_tiled_tuboid_series(EVERYTHING)[0]["n_tuboids_series"] == 2


class LabelCases:
    """Inherited by every backend."""

    @pytest.fixture
    def tuboids(self, backend: Backend, tmp_path: Path) -> list[str]:
        """Ids of two tuboids, in order."""
        return ids_of(
            backend.client.put_tiled_tuboids([write_tuboid(tmp_path, number) for number in (0, 1)], series_info())
        )

    def test_labels(self, backend: Backend, tuboids: list[str]) -> None:
        (bare,) = backend.client.put_itc_labels(
            [{name: value for name, value in label(tuboids[1]).items() if name not in records.TAXONOMY}]
        )
        assert bare.keys() == set(records.ITC_LABELS)
        assert {bare[rank] for rank in records.TAXONOMY} == {None}
        whole = {"order": "Diptera", "family": "Drosophilidae", "genus": "Drosophila", "species": "suzukii"}
        put = backend.client.put_itc_labels(
            [
                label(tuboids[1], LATER_VERSION, algo_name="human:ann", label=-1, family="", type="Background"),
                label(tuboids[0], LATER_VERSION, **whole, pattern="Insecta.*(suzukii|é)"),
            ]
        )
        assert [row["label"] for row in put] == [3, -1], "by tuboid_id"
        assert {**whole, "type": "Insecta", "pattern": "Insecta.*(suzukii|é)"}.items() <= put[0].items()
        assert (put[1]["order"], put[1]["family"], put[1]["type"]) == ("Diptera", None, "Background")
        absent = {"tuboid_id": tuboids[0][:-1] + "9"}
        of = [{"tuboid_id": tuboid_id} for tuboid_id in (tuboids[1], tuboids[0], tuboids[1])]
        assert backend.client._get_itc_labels([*of, absent]) == [put[0], bare, put[1]]
        assert backend.client._get_itc_labels([absent]) == backend.client._get_itc_labels([]) == []
        assert backend.client.put_itc_labels([]) == []

    @pytest.mark.parametrize(
        ("changes", "error", "words"),
        [
            ({}, Conflict, "already has a label"),
            ({"tuboid_id": f"{DEVICE}.2022-05-17_18-46-57.2022-05-17_19-46-57.{VERSION}.0009"}, InvalidInput, "there"),
            ({"tuboid_id": "0001"}, InvalidInput, "not a tuboid_id"),
            ({"label": None}, InvalidInput, "'label' is missing"),
            ({"label": 2.5}, InvalidInput, "not an integer"),
            ({"label": "3"}, InvalidInput, "not an integer"),
            ({"label": 2**31}, InvalidInput, "not an integer"),
            ({"pattern": "x" * 129}, InvalidInput, "'pattern'.*1 to 128"),
            ({"pattern": ""}, InvalidInput, "'pattern'"),
            ({"type": "x" * 33}, InvalidInput, "'type'.*1 to 32"),
            ({"order": " Diptera"}, InvalidInput, "'order'"),
            ({"family": "x" * 65}, InvalidInput, "'family'.*1 to 64"),
            ({"genus": "a\0b"}, InvalidInput, "'genus'"),
            ({"species": 7}, InvalidInput, "'species'"),
            ({"algo_version": "la/test"}, InvalidInput, "'algo_version'"),
        ],
    )
    def test_labels_all_or_nothing(
        self, backend: Backend, tuboids: list[str], changes: dict, error: type[Exception], words: str
    ) -> None:
        backend.client.put_itc_labels([label(tuboids[0])])
        with pytest.raises(error, match=words) as raised:
            backend.client.put_itc_labels([label(tuboids[1]), label(tuboids[0]) | changes])
        assert [item["index"] for item in raised.value.items] == [1]
        assert len(backend.client._get_itc_labels([{"tuboid_id": each} for each in tuboids])) == 1

    def test_the_same_label_twice_in_a_call(self, backend: Backend, tuboids: list[str]) -> None:
        with pytest.raises(InvalidInput, match=r"is also info\[0\]") as raised:
            backend.client.put_itc_labels([label(tuboids[0]), label(tuboids[1]), label(tuboids[0], label=4)])
        assert [item["index"] for item in raised.value.items] == [2]
        assert backend.client._get_itc_labels([{"tuboid_id": tuboids[1]}]) == []

    def test_labels_go_with_the_tuboid(self, backend: Backend, tuboids: list[str], tmp_path: Path) -> None:
        backend.client.put_itc_labels([label(each) for each in tuboids])
        backend.client.delete_tiled_tuboids(EVERYTHING)
        backend.client.put_tiled_tuboids([tmp_path / tuboids[0]], series_info())
        assert backend.client._get_itc_labels([{"tuboid_id": each} for each in tuboids]) == []


_ENDS = ("start", "end")


def _written(value: Any) -> Any:
    return f"{value:%Y-%m-%d_%H-%M-%S}" if isinstance(value, datetime) else value
