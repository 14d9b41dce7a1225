"""Exports of a short season: by the readers of others, from a folder and from a server, twice the same."""

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from dwca.read import DwCAReader
from frictionless import Package
from pycocotools.coco import COCO

from sticky_pi_api.analysis import captures, effort
from sticky_pi_api.client import BaseClient, LocalClient
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.exports import again, camtrapdp, export, open_manifest
from sticky_pi_api.exports import season as reading
from tests.analysis.season import CLASSIFIER, DAYS, DEVICES, LAT, LNG, START, STEP, Season, upload
from tests.client.samples import EVERYTHING, VERSION, annotation
from tests.contract.backends import remote_client
from tests.services import ROOT
from tests.services.server import Server, backends

RANGE: dict[str, Any] = {"start": "2020-06-24", "end": "2020-07-01"}
PLACE = {"latitude": LAT, "longitude": LNG}
CREATED = "2026-01-02T03:04:05Z"
SCHEMAS = Path(camtrapdp.__file__).parent / "schemas"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> BaseClient:
    folder = tmp_path_factory.mktemp("season")
    found = LocalClient(folder / "local")
    upload(found, Season(), folder / "files")
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def project_of(client: BaseClient) -> int:
    """Two deployments a device, the second of which caught less, and a column with the position."""
    number = client.put_projects([{"name": "berries"}])[0]["id"]
    for name in ("lat", "lng"):
        client.put_project_columns([{"project_id": number, "column_name": name, "column_SQL_type": "REAL"}])
    half = START + DAYS / 2 * 48 * STEP
    stays = [(START, half), (half, START + DAYS * 48 * STEP)]
    client.put_project_series(
        [
            {"project_id": number, "device": device, "start_datetime": one, "end_datetime": two, "lat": LAT, "lng": LNG}
            for device in DEVICES
            for one, two in stays
        ]
    )
    return int(number)


def validate(folder: Path) -> list[Any]:
    """What frictionless finds wrong, by the schemas that come with the client instead of those on the web."""
    descriptor = json.loads((folder / "datapackage.json").read_text())
    jsonschema.validate(descriptor, json.loads((SCHEMAS / "camtrap-dp-profile.json").read_text()))
    del descriptor["profile"]
    for resource in descriptor["resources"]:
        resource["schema"] = json.loads((SCHEMAS / resource["schema"].rpartition("/")[2]).read_text())
    report = Package.from_descriptor(descriptor, basepath=str(folder)).validate()
    return report.flatten(["rowNumber", "fieldName", "type", "message"]) + list(report.errors)


def test_camtrapdp_is_valid(client: BaseClient, tmp_path: Path) -> None:
    made = export(client, "camtrapdp", tmp_path, project=project_of(client), algorithm="classifier", **RANGE)
    assert validate(tmp_path) == []
    observations = made["observations"]
    assert len(observations) == len(Season().insects)
    assert Counter(observations.classificationMethod) == {"machine": 72, "human": 24}
    assert set(observations.deploymentID) == set(made["deployments"].deploymentID)
    assert len(made["media"]) == len(DEVICES) * DAYS * 48
    text = (tmp_path / "observations.csv").read_text()
    (tmp_path / "observations.csv").write_text(text.replace("animal", "insect").replace("event,", "whenever,"))
    assert len(validate(tmp_path)) >= len(observations), "the validator would say it"


def test_camtrapdp_takes_a_position(client: BaseClient, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="position of each deployment, and 2 have none"):
        export(client, "camtrapdp", tmp_path, **RANGE)


def test_dwca_is_read_with_effort_and_zero_catches(client: BaseClient, tmp_path: Path) -> None:
    made = export(client, "dwca", tmp_path, project=project_of(client), **RANGE)
    with DwCAReader(str(tmp_path)) as archive:
        assert archive.core_contains_term("http://rs.tdwg.org/dwc/terms/eventDate")
        events = list(archive)
        term, eco = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/eco/terms/"
        kinds = Counter(extension.rowtype for event in events for extension in event.extensions)
        hours = {
            event.id: float(extension.data[f"{eco}samplingEffortValue"])
            for event in events
            for extension in event.extensions
            if extension.rowtype == f"{eco}Event"
        }
        found = [
            (event.id, extension.data[f"{term}scientificName"], extension.data[f"{term}occurrenceStatus"])
            for event in events
            for extension in event.extensions
            if extension.rowtype == f"{term}Occurrence"
        ]
        assert "Sticky Pi traps" in archive.metadata.find("dataset/title").text
    present = Counter((event, taxon) for event, taxon, status in found if status == "present")
    absent = [(event, taxon) for event, taxon, status in found if status == "absent"]
    assert sum(present.values()) == len(Season().insects) and kinds[f"{eco}Event"] == len(events) == 4
    every = {(event.id, taxon) for event in events for _, taxon, _ in found}
    assert len(absent) == len(set(absent)) and set(absent) | present.keys() == every
    assert not set(absent) & present.keys()
    rows = effort(Season().images(), made_deployments(made), interval="10D")
    assert sum(hours.values()) == pytest.approx(rows.hours.sum(), abs=1e-3)


def made_deployments(made: Any) -> list[dict[str, Any]]:
    return [
        {"device": row.locationID, "start_datetime": one, "end_datetime": two}
        for row in made["event"].itertuples()
        for one, two in [row.eventDate.split("/")]
    ]


@pytest.mark.parametrize("seed", range(20))
def test_effort_is_that_of_the_analysis(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = sorted(1_593_000_000 + int(second) for second in rng.integers(0, 400_000, rng.integers(1, 200)))
    times = sorted(set(times))
    start, end = (datetime.fromtimestamp(times[at] + extra) for at, extra in ((0, -500), (-1, 9_000)))
    images = [{"device": "5c173ff2", "datetime": datetime.fromtimestamp(time)} for time in times]
    stay = [{"device": "5c173ff2", "start_datetime": start, "end_datetime": end}]
    rows = effort(images, stay, interval="20D")
    mine = reading.effort(times, start, end)
    sums = rows[["n_images", "hours", "n_gaps", "gap_hours"]].sum()
    assert mine == pytest.approx(tuple(sums))


def test_captures_are_those_of_the_analysis(client: BaseClient, tmp_path: Path) -> None:
    made = export(client, "csv", tmp_path, **RANGE)
    rows = client.get_tiled_tuboid_series_itc_labels(EVERYTHING)
    theirs = captures(rows).set_index("tuboid_id").sort_index()
    mine = made["captures"].set_index("tuboid_id").sort_index()
    assert list(mine.taxon) == list(theirs.taxon) and list(mine.labelled_by) == list(theirs.labelled_by)


def test_coco_is_read_by_pycocotools(client: BaseClient, tmp_path: Path) -> None:
    image = client.get_image_series([{"device": DEVICES[0], "start_datetime": START, "end_datetime": START + STEP}])[0]
    corrected = annotation(image, n_objects=3)
    corrected["metadata"]["algo_name"] = "human:ann"
    corrected["annotations"][0]["contour"] = [[[5, 5]]]
    client.put_uid_annotations([corrected])
    export(client, "coco", tmp_path / "all", algorithm=("detector", VERSION), validation=0.5, images=True, **RANGE)
    splits = [COCO(str(tmp_path / "all" / f"instances_{name}.json")) for name in ("train", "val")]
    assert [len(split.imgs) for split in splits] == [144, 144] and [len(split.anns) for split in splits] == [288, 288]
    devices = [{image["file_name"][:8] for image in split.imgs.values()} for split in splits]
    assert not devices[0] & devices[1]
    one = splits[0].loadAnns([1])[0]
    assert splits[0].annToMask(one).sum() == pytest.approx(one["area"], rel=0.3)
    names = {image["file_name"] for split in splits for image in split.imgs.values()}
    assert {path.name for path in (tmp_path / "all" / "images").iterdir()} == names
    made = export(client, "coco", tmp_path / "people", validation=0, **RANGE)
    people = COCO(str(tmp_path / "people" / "instances_train.json"))
    assert len(people.imgs) == 1 and all(people.annToMask(found).any() for found in people.anns.values())
    assert {file["path"]: file["rows"] for file in made.files} == {"instances_train.json": 3}


def test_tables_keep_all_rows_and_types(client: BaseClient, tmp_path: Path) -> None:
    texts = export(client, "csv", tmp_path / "csv", **RANGE)
    typed = export(client, "parquet", tmp_path / "parquet", **RANGE)
    assert set(texts) == set(typed)
    for name in typed:
        assert len(texts[name]) == len(typed[name]) > 0
        moments = [column for column in typed[name] if "datetime" in column]
        for column in moments:
            assert (pd.to_datetime(texts[name][column]) == typed[name][column].dt.floor("s")).all()
    asked = [{"device": "%", "start_datetime": START, "end_datetime": START + DAYS * 48 * STEP}]
    rows = pd.DataFrame(client.get_image_series(asked))
    theirs = typed["images"].sort_values("id").reset_index(drop=True)
    assert (theirs.md5 == rows.sort_values("id").md5.to_numpy()).all()


@pytest.mark.parametrize("kind", ["camtrapdp", "dwca", "coco", "parquet", "csv"])
def test_again_is_the_same_byte_for_byte(client: BaseClient, tmp_path: Path, kind: str) -> None:
    options = {"algorithm": ("detector", VERSION)} if kind == "coco" else {"algorithm": ("classifier", CLASSIFIER)}
    first = export(client, kind, tmp_path / "first", created=CREATED, **RANGE, **PLACE, **options)
    first.check()
    again(client, tmp_path / "first" / "manifest.json", tmp_path / "second")
    assert bytes_of(tmp_path / "first") == bytes_of(tmp_path / "second")
    assert open_manifest(tmp_path / "second").query == first.query
    path = tmp_path / "second" / first.files[-1]["path"]
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(InvalidInput, match=first.files[-1]["path"]):
        open_manifest(tmp_path / "second").check()


@backends("sqlite-disk")
def test_a_server_exports_what_a_folder_does(server: Server, client: BaseClient, tmp_path: Path) -> None:
    remote = remote_client(server, tmp_path / "remote")
    upload(remote, Season(), tmp_path / "files")
    for kind in ("camtrapdp", "dwca"):
        one, two = (
            export(each, kind, tmp_path / f"{kind}{number}", created=CREATED, **RANGE, **PLACE)
            for number, each in enumerate((client, remote))
        )
        for name in set(one) - {"observations", "occurrence"}:
            file = f"{name}.csv"
            assert (one.folder / file).read_bytes() == (two.folder / file).read_bytes()
        moments = ["classificationTimestamp", "dateIdentified"]
        name = "observations" if kind == "camtrapdp" else "occurrence"
        pd.testing.assert_frame_equal(
            one[name].drop(columns=moments, errors="ignore"), two[name].drop(columns=moments, errors="ignore")
        )


def test_mistakes_are_said(client: BaseClient, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    wrong: list[tuple[str, str, dict[str, Any], str]] = [
        ("shapefile", "a", {}, "no kind of export"),
        ("csv", "full", {}, "not empty"),
        ("csv", "b", {"colour": 1}, "'colour' is no option"),
        ("csv", "c", {"end": "2020-06-01"}, "before 'end'"),
        ("csv", "d", {"licence": "mine"}, "takes one of CC0-1.0"),
        ("coco", "e", {"people": False, "validation": 2}, "takes a share"),
        ("csv", "f", {"latitude": 91.0, "longitude": 0.0}, "within -90"),
    ]
    for kind, name, options, says in wrong:
        with pytest.raises(InvalidInput, match=says):
            export(client, kind, tmp_path / name, **{**RANGE, **options})
    (tmp_path / "manifest.json").write_text(
        '{"format": 1, "kind": "csv", "created": "", "query": {}, "files": [{"path": "../x"}]}'
    )
    with pytest.raises(InvalidInput, match="leads out"):
        open_manifest(tmp_path)


def test_the_published_season(tmp_path: Path) -> None:
    folder = ROOT.parent / "shared" / "paper"
    if not folder.is_dir():
        pytest.skip(f"there are no published data in {folder}")
    export(
        Paper(folder),
        "camtrapdp",
        tmp_path / "camtrapdp",
        start="2020-06-24",
        end="2020-07-23",
        project=1,
        latitude=LAT,
        longitude=LNG,
    )
    assert validate(tmp_path / "camtrapdp") == []
    made = export(Paper(folder), "dwca", tmp_path / "dwca", start="2020-06-24", end="2020-07-23", project=1)
    occurrences = made["occurrence"]
    assert len(made["event"]) == 40 and (occurrences.occurrenceStatus == "present").sum() > 5000
    assert (occurrences.occurrenceStatus == "absent").any() and occurrences.occurrenceID.is_unique


class Paper:
    """The published rows by the operations: their pictures are not published."""

    def __init__(self, folder: Path) -> None:
        def read(name: str) -> pd.DataFrame:
            frame = pd.read_csv(folder / name)
            for column in frame:
                if "datetime" in column and "_itc" not in column:
                    texts = frame[column].str.replace(r"_(\d\d)-(\d\d)-(\d\d)$", r" \1:\2:\3", regex=True)
                    frame[column] = pd.to_datetime(texts, format="ISO8601")
            return frame

        self.images, self.labels, self.stays = (
            read(name) for name in ("images.csv.gz", "itc_labels.csv.gz", "deployments.csv")
        )

    @staticmethod
    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        plain = frame.astype(object).where(frame.notna(), None)
        return [
            {k: v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for k, v in row.items()}
            for row in plain.to_dict("records")
        ]

    def get_image_series(self, info: Any, what: str = "metadata") -> Any:
        (asked,) = info
        mine = self.images
        if asked["device"] != "%":
            mine = mine[mine.device == asked["device"]]
        return self.rows(mine[(mine.datetime >= asked["start_datetime"]) & (mine.datetime < asked["end_datetime"])])

    def get_tiled_tuboid_series(self, info: Any, what: str = "metadata") -> Any:
        mine = self.labels[self.labels.device_series == info[0]["device"]].drop_duplicates("tuboid_id")
        return [{**row, "id": row["tuboid_id"]} for row in self.rows(mine)]

    def _get_itc_labels(self, info: Any) -> Any:
        mine = self.labels[self.labels.tuboid_id.isin([row["tuboid_id"] for row in info])]
        own = [column for column in mine if column.endswith("_itc")]
        return [
            {
                **{column.removesuffix("_itc"): row[column] for column in own},
                "parent_tuboid_id": row["tuboid_id"],
                "datetime_created": pd.Timestamp(row["datetime_created_itc"]).to_pydatetime(),
            }
            for row in self.rows(mine)
        ]

    def get_project_series(self, info: Any) -> Any:
        return self.rows(self.stays[["device", "start_datetime", "end_datetime", "height"]])


def test_the_docs(client: BaseClient, tmp_path: Path) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "exports.md").read_text(), re.DOTALL)
    exec(script, {"client": client, "folder": tmp_path})
    assert bytes_of(tmp_path / "deposit") == bytes_of(tmp_path / "again")
