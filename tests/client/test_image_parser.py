"""An image file as a dictionary, as code in the field reads it."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.records import SENSORS
from sticky_pi_api.image_parser import ImageParser
from tests.client.samples import DEVICE, START, write_image

OWN = {"device", "datetime", "filename", "md5", "width", "height"}
FIRST = {"lat": 49.2, "lng": -121.7, "alt": 22.0, "temp": -301.0, "no_flash_iso": 400, "no_flash_bv": (1, 4)}
SECOND = "v,T,H,B,L,lat,lng,a,l,b\n3.1.0,21.3,65.2,87,0.42,49.24420,-121.75830,22.0,2022-05-17_18-46-57,1"


@pytest.mark.parametrize(
    ("picture", "sensors"),
    [
        ({"make": repr(FIRST)}, {**FIRST, "temp": None, "no_flash_bv": 0.25}),
        ({"make": "{'temp': 'warm', 'hum': 50}"}, {"hum": 50}),
        ({"make": "Canon"}, {}),
        (
            {"comment": SECOND},
            {
                "device_version": "3.1.0",
                "temp": 21.3,
                "hum": 65.2,
                "bat": 87,
                "lum": 0.42,
                "but": True,
                "lat": 49.2442,
                "lng": -121.7583,
                "alt": 22.0,
            },
        ),
    ],
)
def test_fields(tmp_path: Path, picture: dict, sensors: dict) -> None:
    path = write_image(tmp_path, size=(1024, 640), **picture)
    image = ImageParser(path)
    assert isinstance(image, dict) and image.keys() == OWN | sensors.keys()
    assert {name: image[name] for name in sensors} == sensors and set(sensors) <= set(SENSORS)
    assert (image["device"], image["datetime"], image["filename"]) == (DEVICE, START, path.name)
    assert (image["width"], image["height"]) == (1024, 640)
    assert image["md5"] == hashlib.md5(path.read_bytes()).hexdigest()
    with path.open("rb") as opened:
        assert ImageParser(opened) == ImageParser(str(path)) == image


def test_pictures(tmp_path: Path) -> None:
    path = write_image(tmp_path, size=(1024, 640), colour="red")
    image = ImageParser(path)
    assert image.filename == path.name and image.file_blob == path.read_bytes()
    for picture, size in ((image.thumbnail, (512, 320)), (image.thumbnail_mini, (128, 80))):
        assert isinstance(picture, Image.Image) and picture.size == size
        saved = io.BytesIO()
        picture.save(saved, "jpeg")
        red, green, blue = Image.open(saved).getpixel((1, 1))  # type: ignore[misc]
        assert red > 240 and green < 15 and blue < 15


def test_what_is_no_image(tmp_path: Path) -> None:
    path = write_image(tmp_path)
    for name, data in (("picture.jpg", path.read_bytes()), (path.name, b"text")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InvalidInput, match=name):
            ImageParser(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        ImageParser(tmp_path / "absent.jpg")
