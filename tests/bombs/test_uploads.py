"""Uploads that are cheap to send are cheap to refuse: the server's processor time of each is bounded."""

import json
from collections.abc import Callable

import pytest
import requests

from sticky_pi_api.core.formats import format_datetime
from tests.bombs import bounded, pictures
from tests.client.samples import DEVICE, START, VERSION, series_info
from tests.services.server import ADMIN, Server, backends

pytestmark = [pytest.mark.slow, backends("sqlite-disk")]

NAME = f"{DEVICE}.{format_datetime(START)}.jpg"
TUBOID = f"{DEVICE}.2022-05-17_18-46-57.2022-05-17_19-46-57.{VERSION}.0001"
SERIES = series_info(start_datetime="2022-05-17_18-46-57", end_datetime="2022-05-17_19-46-57")

SCANS = "scans"
PICTURES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "100 scans more": (lambda: pictures.with_scans(100), 413, SCANS),
    "300 scans more": (lambda: pictures.with_scans(300), 413, SCANS),
    "2,000 scans more": (lambda: pictures.with_scans(2000), 413, SCANS),
    "70,000 scans": (lambda: pictures.with_scans(70_000), 413, SCANS),
    "ten scans of 50 megapixels": (lambda: pictures.with_scans(0, 7000, 7000), 413, SCANS),
    "two frames": (lambda: pictures.with_frames(2), 400, "frame"),
    "a million frames": (lambda: pictures.with_frames(1_000_000), 400, "frame"),
    "a header of 65500 x 65500": (lambda: pictures.with_header_size(65500, 65500), 413, "megapixels"),
    "a header of 65500 x 700": (lambda: pictures.with_header_size(65500, 700), 400, "corrupt"),
    "no height": (lambda: pictures.with_header_size(100, 0), 400, "corrupt"),
    "a height that comes later": (
        lambda: pictures.with_header_size(100, 0)[:-2] + b"\xff\xdc\x00\x04\x00\x30\xff\xd9",
        400,
        "corrupt",
    ),
    "4 million comments": (lambda: pictures.with_segments(b"\xff\xfe\x00\x02", 18_000_000), 413, "segments"),
    "3 million restart intervals": (
        lambda: pictures.with_segments(b"\xff\xdd\x00\x04\x00\x01", 18_000_000),
        413,
        "segments",
    ),
    "4 million bad lengths": (lambda: pictures.with_segments(b"\xff\xfe\x00\x00", 18_000_000), 413, "segments"),
    "stuffing": (lambda: pictures.in_scan(b"\xff\x00", 18_000_000), 400, "corrupt"),
    "no end": (lambda: pictures.plain(6000, 6000)[:-2], 400, "truncated"),
}


@pytest.mark.parametrize("case", PICTURES)
def test_pictures_that_are_dear_to_decode(server: Server, case: str) -> None:
    make, status, words = PICTURES[case]
    jpeg = make()
    with bounded(server):
        answers = [put_image(server, jpeg), put_tuboid(server, tuboid=jpeg), put_tuboid(server, context=jpeg)]
    for answer in answers:
        assert answer.status_code == status, answer.text
        assert words in answer.json()["detail"]
    assert not server.files() and not server.select("SELECT * FROM images")


@pytest.mark.parametrize("filling", [b"\xff\xd0", b"\xff"])
def test_what_a_decoder_skips_is_taken(server: Server, filling: bytes) -> None:
    with bounded(server):
        assert put_image(server, pictures.in_scan(filling, 18_000_000)).status_code == 200


@pytest.mark.parametrize("case", pictures.EXIF_BOMBS)
def test_exif_blocks(server: Server, case: str) -> None:
    jpeg = pictures.EXIF_BOMBS[case]()
    with bounded(server):
        answer = put_image(server, jpeg)
    assert answer.status_code == 200, "the picture is sound, and kept"
    assert answer.json()[0]["temp"] is None


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(7071, 7071), (65500, 763), (763, 65500)])
def test_the_largest_pictures_are_affordable(server: Server, size: tuple[int, int], mode: str) -> None:
    jpeg = pictures.plain(*size, mode=mode)
    before = server.memory()
    with bounded(server):
        assert put_image(server, jpeg).status_code == 200
    assert server.memory() - before < 150_000_000


def test_many_large_pictures_in_one_request(server: Server) -> None:
    jpeg = pictures.plain(5600, 5600, mode="L")
    names = [f"{DEVICE}.2022-05-17_18-{number // 60:02d}-{number % 60:02d}.jpg" for number in range(90)]
    with bounded(server):
        answer = post(server, "_put_new_images", files={name: (name, jpeg) for name in names})
    assert answer.status_code == 413 and "megapixels" in answer.json()["detail"], answer.text
    assert not server.files()


def test_many_parts(server: Server) -> None:
    parts = {f"{number}": (f"{number}", b"x") for number in range(110)}
    fields = {f"{number}.md5": "x" for number in range(5000)}
    with bounded(server):
        answers = [post(server, "_put_new_images", files=parts), post(server, "_put_new_images", data=fields)]
    assert [answer.status_code for answer in answers] == [413, 415], answers[0].text
    assert "at most 100 files" in answers[0].json()["detail"]
    with bounded(server):
        answer = post(server, "_put_new_images", data=fields, files={"x": ("x", b"x")})
    assert answer.status_code == 413 and "at most 1000" in answer.json()["detail"]


MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "a header of 10 MB": (
        b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 10_000_000 + b'"\r\n\r\nx\r\n--x--',
        MULTIPART,
    ),
    "a million headers": (b"--x\r\n" + b"A: b\r\n" * 1_000_000 + b"\r\nx\r\n--x--", MULTIPART),
    "a million empty parts": (b"--x\r\n\r\n\r\n" * 1_000_000 + b"--x--", MULTIPART),
    "only boundaries": (b"--x\r\n" * 5_000_000, MULTIPART),
    "nearly boundaries": (b"\r\n--" * 10_000_000, MULTIPART),
    "no boundary": (b"a" * 40_000_000, MULTIPART),
    "base64": (
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + b" " * 40_000_000
        + b"\r\n--x--",
        MULTIPART,
    ),
    "a parameter of many pieces": (
        b'--x\r\nContent-Disposition: form-data; name="a"; ' + b"a*0=b;" * 5_000_000 + b"\r\n\r\nx\r\n--x--",
        MULTIPART,
    ),
}


@pytest.mark.parametrize("case", BODIES)
def test_multipart_bodies(server: Server, case: str) -> None:
    body, headers = BODIES[case]
    for path in ("_put_new_images", "_put_tiled_tuboids"):
        with bounded(server):
            answer = post(server, path, data=body, headers=headers)
        assert 400 <= answer.status_code < 500, answer.text


METADATA = {
    "47 MB": (b"5c173ff2.2022-05-17_18-46-57,1,1,1\n" * 1_300_000, 413),
    "a line of 1 MB": (b"," * 999_999, 400),
    "a number of 1 MB": (b"5c173ff2.2022-05-17_18-46-57,1,1," + b"1" * 999_000, 400),
    "a million empty lines": (b"\n" * 999_999, 400),
    "25,000 lines": (b"5c173ff2.2022-05-17_18-46-57,1,1,0\n" * 25_000, 400),
}


@pytest.mark.parametrize("case", METADATA)
def test_metadata(server: Server, case: str) -> None:
    text, status = METADATA[case]
    with bounded(server):
        answer = put_tuboid(server, metadata=text)
    assert answer.status_code == status, answer.text


def post(server: Server, path: str, **arguments: object) -> requests.Response:
    return requests.post(f"{server.url}/{path}", auth=ADMIN, timeout=120, **arguments)  # type: ignore[arg-type]


def put_image(server: Server, jpeg: bytes) -> requests.Response:
    return post(server, "_put_new_images", files={NAME: (NAME, jpeg, "image/jpeg")})


def put_tuboid(server: Server, **changes: bytes) -> requests.Response:
    parts = {
        "tuboid_id": json.dumps(TUBOID).encode(),
        "series_info": json.dumps(SERIES).encode(),
        "metadata": f"{DEVICE}.{format_datetime(START)},1,1,1\n".encode(),
        "tuboid": pictures.plain(),
        "context": pictures.plain(),
        **changes,
    }
    return post(server, "_put_tiled_tuboids", files={name: (name, data) for name, data in parts.items()})
