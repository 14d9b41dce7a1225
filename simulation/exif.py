"""The EXIF block of a shot, in the forms of both firmware generations."""

import math
import struct
from datetime import timedelta

from PIL import Image

from sticky_pi_api.core.formats import format_datetime

from .fleet import Shot

_WIDTH, _HEIGHT, _MAKE, _MODEL, _DATETIME = 0x0100, 0x0101, 0x010F, 0x0110, 0x0132
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_CHARACTER_CODE = b"ASCII\0\0\0"
_START_OF_IMAGE, _APP1 = b"\xff\xd8", b"\xff\xe1"


def with_exif(jpeg: bytes, shot: Shot) -> bytes:
    """A JPEG file with the block of a shot put in front."""
    block = exif_block(shot)
    return b"".join((_START_OF_IMAGE, _APP1, struct.pack(">H", len(block) + 2), block, jpeg[2:]))


def exif_block(shot: Shot) -> bytes:
    """What the trap writes about a picture, `Exif\\0\\0` first."""
    exif = Image.Exif()
    exif[_WIDTH], exif[_HEIGHT] = shot.size
    exif[_MODEL] = "RP_ov5647"
    # The camera writes its own clock, a few seconds after the capture was asked for.
    exif[_DATETIME] = f"{shot.datetime + timedelta(seconds=8):%Y:%m:%d %H:%M:%S}"
    if shot.device.generation == 1:
        exif[_MAKE] = _dictionary(shot)
    else:
        exif[_MAKE] = "StickyPi"
        prefix = _CHARACTER_CODE if shot.device.coded_comment else b""
        exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = prefix + _comment(shot).encode()
    # Pillow writes bytes as type BYTE; the standard has UNDEFINED for this field.
    return exif.tobytes().replace(b"\x92\x86\x00\x01", b"\x92\x86\x00\x07", 1)


def _dictionary(shot: Shot) -> str:
    device, readings = shot.device, shot.readings
    stops = 7 * readings.light  # of light, above what the longest exposure needs
    microseconds = max(1000, round(124990 / 2**stops))
    block = {
        "lng": device.lng,
        "lat": device.lat,
        "alt": device.alt,
        "datetime": f"{shot.synchronised:%Y-%m-%d %H:%M:%S}",
        "no_flash_exposure_time": (microseconds, 1000000),
        "no_flash_iso": 400 if stops < 0.5 else 160 if stops < 1.5 else 100,
        "no_flash_bv": (round(85 * stops), 100),
        "no_flash_shutter_speed": (round(-math.log2(microseconds / 1e6) * 1e6), 1000000),
        "temp": readings.temp,
        "hum": readings.hum,
    }
    return repr(block)


def _comment(shot: Shot) -> str:
    device, readings = shot.device, shot.readings
    cells = (
        device.version,
        readings.temp,
        readings.hum,
        readings.battery,
        readings.light,
        f"{device.lat:.5f}",
        f"{device.lng:.5f}",
        device.alt,
        format_datetime(shot.synchronised),
        int(readings.button),
    )
    return "v,T,H,B,L,lat,lng,a,l,b\n" + ",".join(map(str, cells))
