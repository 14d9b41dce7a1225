"""The rules, over inputs that nobody has thought of."""

import hashlib
import io
import json
import sqlite3
import struct
import time
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from sticky_pi_api.core.annotations import compact_json, new_annotations
from sticky_pi_api.core.bundles import MIB, has_md5, multipart_md5, parse_bundle_key, part_sizes
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import EARLIEST_IMAGE, format_datetime, image_name, parse_datetime, parse_image_name
from sticky_pi_api.core.image import parse_image
from sticky_pi_api.core.info import ImageKey
from sticky_pi_api.core.like import matcher
from sticky_pi_api.core.records import from_wire
from sticky_pi_api.core.sensors import read_sensors
from sticky_pi_api.core.shots import parse_metadata
from sticky_pi_api.core.tuboids import parse_tuboid_id
from sticky_pi_api.core.uploads import images_to_upload
from sticky_pi_api.core.values import parse_algo_version
from sticky_pi_api.core.wire import dump_info, plain_info
from sticky_pi_api.utils import chunker, datetime_to_string, string_to_datetime
from tests.client.samples import START, annotation, jpeg

devices = st.text("0123456789abcdef", min_size=8, max_size=8)
moments = st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
zones = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)
patterns = st.text("%_5cA\\[]'\"^-*.?(", max_size=12)


@given(moments, zones)
def test_a_datetime_is_the_same_in_every_form(moment: datetime, zone: timezone) -> None:
    abroad = moment.replace(tzinfo=UTC).astimezone(zone)
    texts = (
        format_datetime(moment),
        moment.isoformat(),
        f"{moment.isoformat()}Z",
        moment.isoformat(" "),
        abroad.isoformat(),
    )
    for written in (moment, abroad, pd.Timestamp(moment), *texts):
        assert parse_datetime(written) == moment, written
    assert from_wire([{"datetime": format_datetime(moment)}]) == [{"datetime": moment}]
    assert string_to_datetime(datetime_to_string(abroad)) == moment


@given(st.one_of(st.text("0123456789-_T:Z+. ", max_size=25), st.floats(), st.just(pd.NaT), st.booleans()))
@example("2020-02-30_00-00-00")
@example("٢٠٢٠-01-01")
@example("0001-01-01T00:00:00+23:59")
@example("2020-01-01T00:00:00+99:99")
def test_what_is_no_datetime_is_refused(value: object) -> None:
    try:
        parsed = parse_datetime(value)
    except InvalidInput as error:
        assert "not a datetime" in error.detail
    else:
        assert isinstance(value, str) and str(parsed.year).zfill(4) in {
            value[:4],
            f"{int(value[:4]) + 1:04d}",
            f"{int(value[:4]) - 1:04d}",
        }


@given(devices, moments)
def test_an_image_name_is_read_back(device: str, moment: datetime) -> None:
    name = image_name(device, moment)
    if moment >= EARLIEST_IMAGE:
        assert parse_image_name(name) == (device, moment)
    else:
        with pytest.raises(InvalidInput, match="clock"):
            parse_image_name(name)


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\A[0-9a-fA-F]{7,9}\.[\d-]{9,11}_[\d-]{8}\.jpe?g.?\Z")))
@example("../5c173ff2.2020-06-20_21-33-24.jpg")
@example("5c173ff2.2020-06-20_21-33-24.jpg\n")
@example("5c173ff2.2020-06-20_21-33-24.jpg\0")
@example("5C173FF2.2020-06-20_21-33-24.jpg")
def test_an_image_name_is_canonical_or_refused(name: str) -> None:
    try:
        key = parse_image_name(name)
    except InvalidInput:
        return
    assert image_name(*key) == name


@settings(max_examples=500)
@given(patterns, st.text("5cCaA\\[]'\"", max_size=10))
def test_like_is_what_sqlite_says(pattern: str, text: str) -> None:
    assert matcher(pattern)(text) == bool(_SQLITE.execute("SELECT ? LIKE ?", (text, pattern)).fetchone()[0])


_SQLITE = sqlite3.connect(":memory:")


def test_no_pattern_takes_long() -> None:
    assert not matcher("%a" * 128)("a" * 127)


@given(st.binary(max_size=400), st.integers(0, 600), st.binary(min_size=1, max_size=60))
def test_exif_garbage_never_raises(block: bytes, at: int, damage: bytes) -> None:
    exif_of_garbage = Image.Exif()
    exif_of_garbage[0x010F] = block.decode("latin-1")
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=exif_of_garbage)
    sound = jpeg(size=(8, 8), comment="v,T,H,B,L,lat,lng,a,l,b\n3.1.0,21.3,65.2,87,0.42,49.2,-121.7,22,x,1")
    for data in (block, buffer.getvalue(), sound[:at] + damage + sound[at + len(damage) :]):
        sensors = read_sensors(data)
        assert all(json.dumps(value, allow_nan=False) for value in sensors.values.values())


def test_no_exif_block_takes_long() -> None:
    entries = [struct.pack(">HHII", 0x8769, 4, 1, 8)] * 5000  # a directory that holds itself, 5000 times
    block = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(entries)) + b"".join(entries)
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + b"\xff\xd9"
    before = time.process_time()
    assert read_sensors(data).warnings
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    "make",
    [
        "{'temp': 1e999, 'hum': -5, 'lat': 0, 'lng': 0, 'alt': 0}",
        "{'temp': '21', 'no_flash_bv': (1, 0), 'no_flash_iso': 'x'}",
        "{" * 3000,
        "{'a': " + "9" * 4000,
        "[1]",
        "{**{}}",
        "{1, 2}",
    ],
)
def test_an_image_is_kept_whatever_its_sensors_say(make: str) -> None:
    image = parse_image(image_name("5c173ff2", START), jpeg(make=make))
    assert image.warnings or image.sensors["hum"] is None
    assert image.sensors["lat"] is None and image.width == 64


@given(
    st.binary(max_size=200) | st.from_regex(rb"\A5c173ff2\.2022-05-17_18-46-57,[0-9.eE+-]{1,9},1,1\n", fullmatch=False)
)
def test_metadata_is_read_or_refused(data: bytes) -> None:
    try:
        shots = parse_metadata("a tuboid", data)
    except InvalidInput:
        return
    assert len(shots) == sum(bool(line.strip()) for line in data.decode("utf-8", "replace").split("\n"))


@pytest.mark.parametrize(
    "tuboid_id",
    [
        "5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.34",
        "5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.0034\n",
        "5c173ff2.2022-05-17_18-46-57.2022-99-17_19-46-57.0034",
        "../5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.0034",
        "5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.x y.0034",
        "5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.x/y.0034",
        f"5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.{'x' * 47}.0034",
        f"5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.{'x' * 46}.10034",
        None,
    ],
)
def test_what_is_no_tuboid_id_is_refused(tuboid_id: object) -> None:
    with pytest.raises(InvalidInput):
        parse_tuboid_id(tuboid_id)


def test_old_tuboid_ids_have_no_version() -> None:
    fields = parse_tuboid_id("398948ee.2020-07-15_22-00-00.2020-07-22_12-00-00.0005")
    assert fields.algo_version is None and fields.id_in_series == 5


@given(
    st.text([chr(code) for code in range(33, 127) if chr(code) != "/"], min_size=1, max_size=46), st.integers(0, 9999)
)
def test_a_tuboid_id_is_read_back(version: str, number: int) -> None:
    fields = parse_tuboid_id(f"5c173ff2.2022-05-17_18-46-57.2022-05-17_19-46-57.{version}.{number:04d}")
    assert parse_algo_version(version) == fields.algo_version == version and fields.id_in_series == number


@pytest.mark.parametrize(
    "key",
    [
        *("../a.yaml", "data/../../a.yaml", "/etc/a.yaml", "data\\a.yaml", "data/a\0.yaml", "data//a.yaml", "./a.yaml"),
        *("data/", "", "a.exe", "data/a.yaml/", "model_final.pth.sh", "data/a\n.yaml", "x" * 300 + ".txt", 7),
    ],
)
def test_keys_do_not_leave_their_bundle(key: object) -> None:
    with pytest.raises(InvalidInput):
        parse_bundle_key(key)


def test_md5s_of_parts() -> None:
    data = bytes(17 * MIB)
    for part_size, parts in ((8 * MIB, 3), (15 * MIB, 2)):
        digests = b"".join(hashlib.md5(data[at : at + part_size]).digest() for at in range(0, len(data), part_size))
        expected = f"{hashlib.md5(digests).hexdigest()}-{parts}"
        assert multipart_md5(io.BytesIO(data), len(data), part_size) == expected
        assert part_sizes(expected, len(data)) == [part_size]
        assert has_md5(expected, len(data), lambda: io.BytesIO(data))
        assert not has_md5(expected, len(data) - 1, lambda: io.BytesIO(data[1:]))
    assert has_md5(hashlib.md5(data).hexdigest(), len(data), lambda: io.BytesIO(data))
    assert multipart_md5(io.BytesIO(b""), 0) == hashlib.md5(b"").hexdigest()


def test_what_to_upload() -> None:
    one, two = ImageKey("5c173ff2", START), ImageKey("5c173ff2", START + timedelta(hours=1))
    files = [(0, one, "a"), (1, one, "b"), (3, two, "c"), (5, two, "c"), (6, two, "d")]
    upload, conflicts = images_to_upload(files, {one: "a"})
    assert upload == [3] and [item["index"] for item in conflicts] == [1, 6]


_image = {"device": "5c173ff2", "datetime": START, "md5": "0" * 32}
_json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["contour", "name", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def _is_contour(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(point, list) and len(point) == 1 for point in value)
        and all(isinstance(pair, list) and len(pair) == 2 for (pair,) in value)
        and all(type(number) is int for ((x, y),) in value for number in (x, y))
    )


@settings(max_examples=300)
@given(
    st.lists(
        _json_values | st.lists(st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=3), max_size=2)), max_size=3
    )
)
def test_contours_are_checked(contours: list) -> None:
    submitted = plain_info([annotation(_image, 0)])
    submitted[0]["annotations"] = [{"contour": contour} for contour in contours]
    if all(map(_is_contour, contours)):
        (new,) = new_annotations(submitted)
        assert new.n_objects == len(contours) and json.loads(new.json) == submitted[0]
    else:
        with pytest.raises(InvalidInput, match=r"annotations\[\d\]: 'contour'"):
            new_annotations(submitted)


@pytest.mark.parametrize(
    "change", [{"name": 5}, {"name": ["a", "b"]}, {"fill_colour": "x" * 65}, {"value": "high"}, {"name": "\ud800"}]
)
def test_fields_of_objects_are_checked(change: dict) -> None:
    submitted = plain_info([annotation(_image)])
    submitted[0]["annotations"][1].update(change)
    with pytest.raises(InvalidInput, match=rf"annotations\[1\]: '{next(iter(change))}'"):
        new_annotations(submitted)


def test_two_annotations_of_one_image_in_a_call() -> None:
    with pytest.raises(InvalidInput, match=r"info\[1\].*is also info\[0\]"):
        new_annotations(plain_info([annotation(_image), annotation(_image)]))


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        compact_json({"value": float("nan")})
    for bad in ([{"value": {"x": float("inf")}}], [{"value": object()}], [{"value": {1}}]):
        with pytest.raises(InvalidInput, match="no JSON form"):
            dump_info(bad)


def test_what_python_code_passes() -> None:
    info = [
        {"at": pd.Timestamp("2020-06-20 21:33:24", tz="Europe/Paris"), "n": np.int64(5), "x": np.float32(0.5)},
        {
            "at": START.replace(microsecond=5),
            "contour": np.zeros((2, 1, 2), np.int32),
            "none": float("nan"),
            "no": pd.NaT,
        },
        {"at": START.date(), "pair": (1, 2)},
        {"at": pd.Series([START]).to_numpy()[0], "all": np.array([START, "NaT"], "datetime64[ns]")},
    ]
    assert plain_info(info) == [
        {"at": "2020-06-20_19-33-24", "n": 5, "x": 0.5},
        {"at": "2022-05-17T18:46:57.000005", "contour": [[[0, 0]], [[0, 0]]], "none": None, "no": None},
        {"at": "2022-05-17", "pair": [1, 2]},
        {"at": "2022-05-17_18-46-57", "all": ["2022-05-17_18-46-57", None]},
    ]


def test_chunks() -> None:
    assert list(chunker(range(5), 2)) == [[0, 1], [2, 3], [4]]
